from dataclasses import replace

import cv2
import numpy as np
import pytest

from data_folders import draw_film
from pleura.core.types import View
from pleura.data.alike import Alike, Looks, alike_pairs, correlation, is_likely
from pleura.data.case import Case

CASE = Case("a", "group:a", False, "train", View.PA, "F", 40.0, None, None, 8, 8, 0.0, "a.png", "0" * 64)


def test_a_film_meets_its_brighter_and_larger_self_and_no_other():
    films = np.stack([draw_film(seed) for seed in range(6)])
    again = np.stack([cv2.resize(np.rint(films[seed] * 0.8 + 20).astype(np.uint8), (160, 160)) for seed in (4, 1)])
    found = list(alike_pairs(Looks.of(films), Looks.of(again)))
    assert [(pair.first, pair.second) for pair in found] == [(1, 1), (4, 0)]
    assert all(pair.correlation > 0.99 and pair.bits < 20 for pair in found)


def test_within_a_set_a_pair_is_found_once_and_no_film_meets_itself():
    films = np.stack([draw_film(seed) for seed in (1, 2, 1, 3)])
    found = list(alike_pairs(Looks.of(films)))
    assert [(pair.first, pair.second, pair.bits) for pair in found] == [(0, 2, 0)]
    assert found[0].correlation == pytest.approx(1)


def test_correlation_is_pearson_s_and_nothing_for_a_blank_film():
    one, other = draw_film(1, 64), draw_film(2, 64)
    assert correlation(one, other) == pytest.approx(np.corrcoef(one.ravel(), other.ravel())[0, 1])
    assert correlation(one, np.full_like(one, 9)) == 0
    assert correlation(one, 255 - one) == pytest.approx(-1)


@pytest.mark.parametrize(
    ("value", "changes", "likely"),
    [
        pytest.param(0.96, {"sex": "M"}, True, id="so alike that nothing else counts"),
        pytest.param(0.92, {}, True, id="alike and of equal traits"),
        pytest.param(0.92, {"age": 41.0}, True, id="a birthday apart"),
        pytest.param(0.92, {"age": 42.0}, False, id="another age"),
        pytest.param(0.92, {"age": None}, False, id="no age known"),
        pytest.param(0.92, {"sex": "M"}, False, id="another sex"),
        pytest.param(0.92, {"view": View.AP}, False, id="another view"),
        pytest.param(0.89, {}, False, id="equal traits alone"),
    ],
)
def test_how_alike_two_films_must_be_depends_on_what_else_agrees(value, changes, likely):
    assert is_likely(Alike(0, 0, 30, value), CASE, replace(CASE, **changes)) is likely
