import math
import re
import xml.etree.ElementTree as ET

import pytest

from pleura.output.page.matrix import Matrix, draw_matrix
from pleura.output.page.plane import Axis, Plane
from pleura.output.page.plot import Curve, Dots, Guide, Plot, Sign, draw_plot

UNIT = Axis(0.0, 1.0, "x"), Axis(0.0, 1.0, "y")


def test_points_stand_where_the_axes_say():
    plane = Plane(*UNIT, width=120, height=110, left=10, right=10, top=5, bottom=5)
    assert (plane.across(0), plane.across(1)) == (10, 110)
    assert (plane.down(0), plane.down(1)) == (105, 5)
    assert plane.across(0.25) == 35


def test_a_logarithmic_axis_has_equal_steps_for_equal_ratios():
    axis = Axis(0.1, 10.0, log=True, steps=(1.0, 2.0, 5.0))
    assert [axis.share(value) for value in (0.1, 1.0, 10.0)] == pytest.approx([0, 0.5, 1])
    assert axis.ticks() == pytest.approx([0.1, 0.2, 0.5, 1, 2, 5, 10])
    assert not axis.drawable(0.0)


def test_only_whole_numbers_are_ticked_where_asked():
    assert Axis(0.5, 3.5, whole=True).ticks() == [1, 2, 3]


def test_every_dot_is_drawn_once_and_carries_its_text():
    drawn = draw_plot(Plot("t", *UNIT, dots=[Dots("films", [(0.5, 0.5), (0.9, 0.95), (math.nan, 1)], 0, "345")]))
    (path,) = re.findall(r'<path class="dots[^>]* d="([^"]*)"', drawn)
    assert path.count("h0") == 2
    texts = [text.text for text in ET.fromstring(drawn).iter("text") if text.get("class") == "count"]
    assert texts == ["3", "4"]


def test_an_interval_goes_upright_through_its_own_dot():
    reach = [(0.2, 0.6), (0.1, 0.3), (0.0, 1.0)]
    drawn = draw_plot(Plot("t", *UNIT, dots=[Dots("", [(0.5, 0.5), (math.nan, 0.2), (0.9, 0.5)], 0, reach=reach)]))
    (path,) = re.findall(r'<path class="reach[^>]* d="([^"]*)"', drawn)
    plane = Plane(*UNIT, width=400, height=400, left=48, top=34, bottom=46)
    first, second = path.split("M")[1:]
    assert first == f"{plane.across(0.5):.1f} {plane.down(0.2):.1f}V{plane.down(0.6):.1f}"
    assert second.startswith(f"{plane.across(0.9):.1f} ")


def test_readers_differ_in_shape_as_well_as_colour():
    drawn = draw_plot(Plot("t", *UNIT, dots=[Dots("a", [(0, 0)], 0), Dots("b", [(1, 1)], 1)]))
    assert 'class="dots round line-0"' in drawn
    assert 'class="dots square line-1"' in drawn


def test_a_point_that_is_undefined_is_neither_drawn_nor_named():
    drawn = draw_plot(Plot("t", *UNIT, signs=[Sign("the decision", (0.5, math.nan)), Sign("other", (0.5, 0.5))]))
    assert "nan" not in drawn
    assert "the decision" not in drawn
    assert drawn.count("<circle") == 1


def test_words_are_escaped_and_the_plot_is_well_formed():
    plot = Plot(
        "<t>",
        Axis(0, 1, "<x>"),
        Axis(0, 1, "<y>"),
        [Curve("<c>", [(0, 0), (1, 1)], [(0, 0, 0.1), (1, 0.9, 1)])],
        guides=[Guide((0, 0), (1, 1), "<g>")],
        signs=[Sign("<s>", (0.5, 0.5))],
        note="<n>",
    )
    texts = [text.text for text in ET.fromstring(draw_plot(plot)).iter() if text.text]
    assert {"<t>", "<x>", "<y>", "<c>", "<g>", "<s>", "<n>"} <= set(texts)


def test_a_matrix_gives_shares_of_rows_and_columns():
    texts = [text.text for text in ET.fromstring(draw_matrix(Matrix("films", [[30, 10], [0, 60]]))).iter("text")]
    assert {"75.0 % of row", "100 % of column", "25.0 % of row", "14.3 % of column", "0 % of row"} <= set(texts)


def test_a_share_that_is_nearly_everything_is_not_rounded_to_it():
    drawn = draw_matrix(Matrix("pixels", [[9_999_999, 1], [0, 0]]))
    assert "99.99999 % of row" in drawn
    assert "none of row" in drawn


def test_means_of_several_draws_keep_a_digit():
    assert ">35.4<" in draw_matrix(Matrix("films", [[35.4, 0], [0.6, 3]]))
