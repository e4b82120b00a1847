import math

import pytest

from losing import lose, plane
from pleura.train.distance import signed_distances


def test_the_map_itself_loses_nothing():
    mask = plane([1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0])
    assert float(lose("distance", signed_distances(mask).double(), mask)) == 0


def test_an_error_counts_more_the_nearer_the_boundary():
    # Distances of the columns: -1, then 1/4, 2/4, 3/4 and 1.
    mask = plane(*[[1, 0, 0, 0, 0]] * 5)
    weights = [1 + 9 * math.exp(-abs(d) / 0.1) for d in (-1, 0.25, 0.5, 0.75, 1)]
    for column, weight in enumerate(weights):
        answer = signed_distances(mask).double()
        answer[..., column] += 0.1
        assert float(lose("distance", answer, mask)) == pytest.approx(0.1 * weight / sum(weights), rel=1e-6)


def test_on_an_empty_film_it_is_the_mean_distance_from_one():
    mask = plane([0, 0], [0, 0])
    assert float(lose("distance", plane([1, 1], [0, -1]), mask)) == pytest.approx((0 + 0 + 1 + 2) / 4)
