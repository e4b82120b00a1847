import math
import re
import xml.etree.ElementTree as ET

import pytest

from pleura.output.page.line_chart import Chart, Line, Mark, draw_chart
from pleura.output.page.ticks import decades, label, round_ticks


def points(drawn):
    """Coordinates of each polyline, in px."""
    return [
        [tuple(map(float, pair.split(","))) for pair in found.split()]
        for found in re.findall(r'<polyline[^>]*points="([^"]*)"', drawn)
    ]


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        pytest.param(0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1.0], id="a score"),
        pytest.param(1, 20, 7, [5, 10, 15, 20], id="epochs"),
        pytest.param(0.68, 0.79, 6, [0.68, 0.7, 0.72, 0.74, 0.76, 0.78], id="a narrow range"),
        pytest.param(3, 3, 6, [3], id="a single value"),
    ],
)
def test_ticks_are_round_numbers_within_the_range(low, high, most, expected):
    assert round_ticks(low, high, most) == pytest.approx(expected)


def test_powers_of_ten_and_their_labels():
    assert decades(3e-6, 2e-3) == pytest.approx([1e-5, 1e-4, 1e-3])
    assert [label(value) for value in (0, 0.25, 40, 1e-6, 2.5e-4, 0.1 + 0.2)] == [
        "0",
        "0.25",
        "40",
        "1e-6",
        "2.5e-4",
        "0.3",
    ]


def test_a_line_runs_from_corner_to_corner_of_fixed_limits():
    drawn = draw_chart(Chart("score", [Line("dice", [(1, 0.0), (2, 0.5), (3, 1.0)])], (1, 3), limits=(0, 1)))
    (run,) = points(drawn)
    assert run == [(46.0, 210.0), (217.0, 115.0), (388.0, 20.0)]


def test_a_rate_that_falls_by_powers_of_ten_is_a_straight_line_on_a_logarithmic_axis():
    (run,) = points(draw_chart(Chart("rate", [Line("lr", [(1, 1e-2), (2, 1e-4), (3, 1e-6)])], (1, 3), log=True)))
    assert run[1][1] == pytest.approx((run[0][1] + run[2][1]) / 2, abs=0.11)


def test_an_undefined_value_breaks_the_line_and_a_lonely_one_is_a_dot():
    drawn = draw_chart(Chart("s", [Line("a", [(1, 0.1), (2, 0.2), (3, math.nan), (4, 0.4)])], (1, 4)))
    assert [len(run) for run in points(drawn)] == [2]
    assert drawn.count("<circle") == 1


def test_a_chart_without_values_says_so():
    assert "Nothing measured yet" in draw_chart(Chart("s", [Line("a", [(1, math.nan)])], (1, 1)))


def test_names_are_escaped_and_the_chart_is_well_formed():
    chart = Chart(
        "<b>&", [Line('"<script>', [(1, 0.3), (2, 0.5)], band=[(0.2, 0.4), (0.4, 0.6)])], (1, 2), [Mark(1.5, "<x>")]
    )
    drawn = draw_chart(chart)
    assert "<script>" not in drawn
    assert [text.text for text in ET.fromstring(drawn).iter("text")].count("<x>") == 1
