"""Where distances lie: their ends, on chests that were drawn so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chests import SHAPE, SPACING, TOP, WALL, air, by_name, chest, film, mirrored
from pleura.core.measures import measure_film
from pleura.core.types import Hemithoraces, Side

DISTANCES = ("interpleural_hilum", "interpleural_lateral", "apex_to_cupola")


def distances(mask, masks=None, side=Side.RIGHT, spacing=SPACING):
    found = by_name(measure_film(film(spacing), mask, masks or chest()), side)
    return {name: found[name] for name in DISTANCES}


def apart_cm(ends):
    (row, column), (other_row, other_column) = ends
    return np.hypot((other_row - row) * SPACING.row_mm, (other_column - column) * SPACING.column_mm) / 10


def test_ends_stand_on_the_borders_of_the_pixels_that_were_drawn():
    found = distances(air(apex=40, lateral=120))
    hilum, lateral, apex = (found[name].ends for name in DISTANCES)
    assert hilum == ((TOP + 249, WALL - 0.5), (TOP + 249, WALL + 119.5))
    assert {point[1] for point in lateral} == {WALL - 0.5, WALL + 119.5}
    # Over the middle of the lung's first row.
    assert apex == ((TOP - 0.5, WALL + 259.5), (TOP + 39.5, WALL + 259.5))


@settings(max_examples=25, deadline=None)
@given(apex=st.integers(0, 200), lateral=st.integers(0, 300), lower=st.integers(0, 300))
def test_ends_are_as_far_apart_as_the_value_says_on_either_side(apex, lateral, lower):
    mask = air(apex, lateral, lower=lower)
    if not mask.any():
        return
    flipped = np.ascontiguousarray(mask[:, ::-1])
    other = distances(flipped, mirrored(chest()), Side.LEFT)
    for name, measure in distances(mask).items():
        if not measure.value:
            assert measure.ends is None
            assert other[name].ends is None
            continue
        assert apart_cm(measure.ends) == pytest.approx(measure.value, rel=1e-5)
        assert [(row, SHAPE[1] - 1 - column) for row, column in other[name].ends] == [*measure.ends]


def test_the_lateral_ends_run_across_the_gap_of_a_leaning_chest_wall():
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    wall = 400 - 0.5 * (rows - TOP) * SPACING.row_mm / SPACING.column_mm
    cavity = chest().right & (columns >= wall)
    mask = cavity & (columns < wall + 100)
    found = distances(mask, Hemithoraces(cavity, chest().left))["interpleural_lateral"]
    (outer, outer_column), (inner, inner_column) = found.ends
    assert outer < inner
    assert outer_column < inner_column
    assert apart_cm(found.ends) == pytest.approx(found.value, rel=1e-5)
    assert found.value < 100 * SPACING.column_mm / 10


def test_a_distance_in_parts_has_a_value_and_no_ends():
    mask = air(apex=0, lateral=120)
    mask[:, WALL + 40 : WALL + 44] = False
    found = distances(mask)
    for name in ("interpleural_hilum", "interpleural_lateral"):
        assert found[name].value == pytest.approx(116 * SPACING.column_mm / 10)
        assert found[name].ends is None


def test_what_is_no_distance_has_no_ends():
    measured = measure_film(film(), air(apex=40, lateral=120), chest())
    assert {measure.name for measure in measured.measures if measure.ends} == {*DISTANCES}
