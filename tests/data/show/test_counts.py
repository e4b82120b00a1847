from dataclasses import replace

import pytest

from pleura.core.types import View
from pleura.data.case import Case
from pleura.data.show.counts import age_band, count_films, count_sizes, measure_lengths

CASE = Case("a", "p", False, "train", View.PA, "F", 40.0, None, None, 100, 80, 0.0, "a.png", "0" * 64)


def test_films_are_counted_on_every_axis_with_their_patients():
    cases = [
        CASE,
        replace(CASE, id="b", present=True, split="val", sex="M", age=None),
        replace(CASE, id="c", patient="q", view=View.UNKNOWN, age=17.9),
    ]
    rows = {(count.axis, count.name): (count.films, count.present, count.patients) for count in count_films(cases)}
    assert rows == {
        ("split", "train"): (2, 0, 2),
        ("split", "val"): (1, 1, 1),
        ("view", "PA"): (2, 1, 1),
        ("view", "unknown"): (1, 0, 1),
        ("sex", "F"): (2, 0, 2),
        ("sex", "M"): (1, 1, 1),
        ("age", "below 18"): (1, 0, 1),
        ("age", "40 to 59"): (1, 0, 1),
        ("age", "unknown"): (1, 1, 1),
    }


def test_sites_are_counted_where_one_is_known():
    rows = count_films([replace(CASE, site="B"), replace(CASE, site="A"), CASE])
    assert [(count.name, count.films) for count in rows if count.axis == "site"] == [
        ("A", 1),
        ("B", 1),
        ("unknown", 1),
    ]


@pytest.mark.parametrize(
    ("age", "band"), [(17.99, "below 18"), (18, "18 to 39"), (60, "60 and above"), (None, "unknown")]
)
def test_an_age_falls_into_the_band_that_it_begins(age, band):
    assert age_band(replace(CASE, age=age)) == band


def test_rare_sizes_are_put_together():
    cases = [replace(CASE, height=100 + step % 9) for step in range(10)]
    assert count_sizes(cases)[0] == ("100 x 80", 2)
    assert count_sizes(cases)[-1] == ("3 other sizes", 3)
    assert sum(films for _, films in count_sizes(cases)) == 10


def test_lengths_are_measured_over_the_films_that_have_them():
    cases = [CASE, replace(CASE, row_mm=4.0, column_mm=5.0), replace(CASE, row_mm=2.0, column_mm=5.0)]
    found = {each.name: each for each in measure_lengths(cases)}
    assert found["height of the film"].ends == pytest.approx((20, 25, 30, 35, 40))
    assert found["rows to columns of a pixel"].ends[2] == pytest.approx(0.6)
    assert {each.films for each in found.values()} == {2}
    assert measure_lengths([CASE]) == ()
