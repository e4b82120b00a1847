"""Distances, areas and shares of drawn chests, whose answers follow from how they were drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chests import BOTTOM, INNER, SHAPE, SPACING, TOP, WALL, air, by_name, chest, film, mirrored
from pleura.core.measures import measure_film
from pleura.core.types import Hemithoraces, Side, Spacing

DISTANCES = ("interpleural_hilum", "interpleural_lateral", "apex_to_cupola")
ROW_CM, COLUMN_CM = 0.05, 0.025


def values(mask, hemithoraces=None, side=Side.RIGHT, **facts):
    found = by_name(measure_film(film(**facts), mask, hemithoraces or chest(mask.shape)), side)
    return {name: measure.value for name, measure in found.items()}


def test_a_box_of_air_has_the_distances_it_was_drawn_with():
    found = values(air(apex=40, lateral=120))
    assert found["apex_to_cupola"] == pytest.approx(40 * ROW_CM)
    assert found["interpleural_hilum"] == pytest.approx(120 * COLUMN_CM)
    assert found["interpleural_lateral"] == pytest.approx(120 * COLUMN_CM)


def test_the_hilum_is_at_half_the_height_unless_its_row_is_known():
    mask = air(apex=0, lateral=40, lower=120)
    assert values(mask)["interpleural_hilum"] == pytest.approx(40 * COLUMN_CM)
    low = Hemithoraces(chest().right, chest().left, hilum_right=BOTTOM - 100)
    assert values(mask, low)["interpleural_hilum"] == pytest.approx(120 * COLUMN_CM)


def test_the_lateral_distance_is_the_widest_along_the_lung():
    assert values(air(apex=20, lateral=40, lower=88))["interpleural_lateral"] == pytest.approx(88 * COLUMN_CM)


def test_air_between_lung_and_mediastinum_is_not_lateral():
    mask = np.zeros(chest().right.shape, bool)
    mask[TOP:BOTTOM, INNER - 60 : INNER] = True
    found = values(mask)
    assert [found[name] for name in DISTANCES] == [0, 0, 0]
    assert found["hemithorax_percent"] == pytest.approx(100 * 60 / 400)


def test_a_seam_between_the_outlines_is_no_lung():
    mask = air(apex=40, lateral=120)
    mask[: TOP + 4] = False
    mask[:, : WALL + 6] = False
    found = values(mask)
    assert found["apex_to_cupola"] == pytest.approx(40 * ROW_CM)
    assert found["interpleural_hilum"] == pytest.approx((120 - 6) * COLUMN_CM)


def test_area_and_share_of_a_box():
    mask = np.zeros(chest().right.shape, bool)
    mask[TOP:BOTTOM, WALL : WALL + 100] = True
    found = values(mask)
    assert found["area"] == found["area_of_side"] == pytest.approx(500 * ROW_CM * 100 * COLUMN_CM)
    assert found["hemithorax_percent"] == pytest.approx(25.0)


def test_share_counts_what_lies_in_the_hemithorax():
    mask = np.zeros(chest().right.shape, bool)
    mask[TOP:BOTTOM, WALL - 20 : WALL + 100] = True
    assert values(mask)["hemithorax_percent"] == pytest.approx(25.0)


def test_a_half_disc_of_air_at_the_wall_is_as_wide_as_its_radius():
    mask, radius = np.zeros(chest().right.shape, bool), 150
    down, across = np.ogrid[: mask.shape[0], : mask.shape[1]]
    mask |= ((down - 299.5) * 2) ** 2 + (across - WALL + 0.5) ** 2 <= radius**2
    mask[:, :WALL] = False
    found = values(mask)
    assert found["interpleural_hilum"] == pytest.approx(radius * COLUMN_CM, abs=COLUMN_CM)
    assert found["interpleural_lateral"] == pytest.approx(radius * COLUMN_CM, abs=COLUMN_CM)
    assert found["area"] == pytest.approx(np.pi * (radius * COLUMN_CM) ** 2 / 2, rel=0.02)
    assert found["apex_to_cupola"] == 0


def test_collins_adds_up_its_three_distances():
    found = values(air(apex=40, lateral=60, lower=100))
    distances = 40 * ROW_CM + 60 * COLUMN_CM + 100 * COLUMN_CM
    assert found["collins"] == pytest.approx(4.2 + 4.7 * distances)


def test_collins_never_exceeds_the_whole():
    assert values(air(apex=300, lateral=300))["collins"] == 100


def test_collins_says_nothing_of_air_that_its_distances_miss():
    mask = np.zeros(chest().right.shape, bool)
    mask[TOP:BOTTOM, INNER - 60 : INNER] = True
    found = by_name(measure_film(film(), mask, chest()))["collins"]
    assert (found.value, found.validity) == (None, "not_assessed")
    assert "no air stands above the lung" in found.reason


def test_light_compares_the_cubes_of_the_diameters():
    assert values(air(apex=0, lateral=200))["light"] == pytest.approx(100 * (1 - 0.5**3))


def test_no_distance_ends_at_a_lung_that_is_gone():
    found = by_name(measure_film(film(), chest().right, chest()))
    assert {found[name].reason for name in (*DISTANCES, "collins", "light", "accp_2001")} == {
        "no lung is left beside the outline"
    }
    assert found["hemithorax_percent"].value == 100


def test_a_level_without_lung_has_no_distance():
    mask = air(apex=300, lateral=40)
    found = by_name(measure_film(film(), mask, chest()))
    assert (found["interpleural_hilum"].value, found["interpleural_hilum"].reason) == (
        None,
        "no lung stands at this level",
    )
    assert found["light"].reason == found["bts_2010"].reason == "no lung stands at this level"
    assert found["apex_to_cupola"].value == pytest.approx(300 * ROW_CM)


@settings(max_examples=40, deadline=None)
@given(apex=st.integers(0, 200), lateral=st.integers(1, 300), lower=st.integers(1, 300))
def test_a_mirrored_chest_has_the_same_measures_on_the_other_side(apex, lateral, lower):
    mask = air(apex, lateral, lower=lower)
    other = values(np.ascontiguousarray(mask[:, ::-1]), mirrored(chest()), Side.LEFT)
    assert other == values(mask)


@settings(max_examples=12, deadline=None)
@given(apex=st.integers(0, 200), lateral=st.integers(1, 300), lower=st.integers(1, 300))
def test_finer_pixels_of_the_same_chest_give_the_same_cm(apex, lateral, lower):
    mask = air(apex, lateral, lower=lower)
    masks = chest()
    fine = Hemithoraces(*(each.repeat(2, axis=0).repeat(2, axis=1) for each in (masks.right, masks.left)))
    twice = mask.repeat(2, axis=0).repeat(2, axis=1)
    spacing = Spacing(SPACING.row_mm / 2, SPACING.column_mm / 2, SPACING.origin)
    coarse, finer = values(mask), values(twice, fine, spacing=spacing, shape=twice.shape)
    assert finer.keys() == coarse.keys()
    for name, value in coarse.items():
        assert finer[name] == (pytest.approx(value) if isinstance(value, float) else value), name


@pytest.mark.parametrize("spacing", [SPACING, Spacing(0.4, 0.4, "PixelSpacing")])
@settings(max_examples=15, deadline=None)
@given(degrees=st.floats(0, 35), wide=st.floats(0.5, 4.0))
def test_the_lateral_distance_is_that_across_the_gap_on_a_leaning_chest_wall(spacing, degrees, wide):
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    tilt = np.radians(degrees)
    wall = (BOTTOM - rows) * spacing.row_mm * np.tan(tilt) / 10  # cm from the lowest row's wall
    beyond = (columns - WALL) * spacing.column_mm / 10 - wall
    cavity = (rows >= TOP) & (rows < BOTTOM) & (beyond >= 0) & (columns < SHAPE[1] - 2 * WALL)
    air = cavity & (beyond * np.cos(tilt) < wide)
    masks = Hemithoraces(cavity, np.zeros(SHAPE, bool))
    found = by_name(measure_film(film(spacing), air, masks))["interpleural_lateral"]
    assert found.value == pytest.approx(wide, abs=0.12)
