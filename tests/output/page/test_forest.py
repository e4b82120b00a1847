import math
import re
import xml.etree.ElementTree as ET

from hypothesis import example, given
from hypothesis import strategies as st

from pleura.output.page.forest import Forest, ForestRow, draw_forest

ENDS = st.floats(-50, 50)


def row(value, low, high, kind="none", **changes):
    return ForestRow("Dice", value, low, high, "said", kind, **changes)


def svg(*rows, **changes):
    drawn = draw_forest(Forest("Shares", rows, "A better", "B better", **changes))
    return ET.fromstring(re.search(r"<svg.*</svg>", drawn).group())


def middle(drawn):
    return float(next(line.get("x1") for line in drawn.iter("line") if line.get("class") == "zero"))


@given(st.lists(st.tuples(ENDS, ENDS, ENDS), min_size=1, max_size=8))
@example([(0.0, 0.0, 5e-324)])
@example([(-1e-310, 0.0, 1e-308)])
def test_every_mark_stands_on_its_side_of_the_line_and_inside_the_picture(triples):
    rows = [row(value, low, high) for low, value, high in map(sorted, triples)]
    drawn = svg(*rows)
    zero = middle(drawn)
    width, height = map(float, drawn.get("viewBox").split()[2:])
    circles = list(drawn.iter("circle"))
    assert len(circles) == len(rows)
    for circle, one in zip(circles, rows, strict=True):
        x = float(circle.get("cx"))
        assert 0 <= x <= width
        assert 0 <= float(circle.get("cy")) <= height
        assert (x - zero) * one.value >= 0 or abs(x - zero) < 0.1


def test_an_interval_that_leaves_out_zero_has_a_square_in_its_kind():
    drawn = svg(row(0.2, 0.1, 0.3, "better"), row(-0.2, -0.3, -0.1, "worse", faint=True), row(0.1, -0.1, 0.3))
    groups = [group.get("class") for group in drawn.iter("g")]
    assert groups == ["better", "worse faint", "none"]
    assert len(list(drawn.iter("rect"))) == 2
    assert len(list(drawn.iter("circle"))) == 1


def test_a_difference_without_an_interval_has_a_mark_only():
    assert not list(svg(row(0.0, math.nan, math.nan)).iter("path"))


def test_words_are_harmless_and_sides_are_named():
    drawn = draw_forest(Forest("<b>", [row(0.1, 0, 1)], "<i>", "R & D", " mm"))
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "R &amp; D" in drawn
    assert "+1 mm" in drawn


def test_no_row_is_no_figure():
    assert draw_forest(Forest("Shares", [], "A", "B")) == ""
