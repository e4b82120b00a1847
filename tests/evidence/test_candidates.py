from typing import get_args

import numpy as np
import pytest

from pleura.core.errors import RecipeError
from pleura.core.postprocess import grid_pixels
from pleura.core.spec import Contrast, DecisionSpec, InputSpec, Rule
from pleura.evidence.candidates import candidates

RULES = get_args(Rule)
OWN = DecisionSpec(rule="threshold", tta="none", scales=(1.0, 1.5))


def spec_of(side: int) -> InputSpec:
    return InputSpec(side=side, channels=1, contrast=Contrast(kind="declared"), mean=(0.0,), std=(1.0,))


def test_the_papers_grid_is_ten_thresholds_and_six_areas_at_512():
    tried = candidates("roque2025", "threshold", spec_of(512))
    assert tried.rule == "threshold"
    assert tried.levels == (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
    assert [grid_pixels(area, spec_of(512)) for area in tried.removals] == [0, 256, 512, 1024, 2048, 4096]


def test_no_two_areas_of_a_grid_mean_the_same_number_of_pixels():
    tried = candidates("fine", "triplet", spec_of(64))
    for areas in (tried.areas, tried.removals):
        pixels = [max(1, grid_pixels(area, spec_of(64))) if area else 0 for area in areas]
        assert len(set(pixels)) == len(pixels)
        assert areas == tuple(sorted(areas))


def test_an_outline_narrower_than_presence_is_impossible():
    tried = candidates("fine", "triplet", spec_of(256))
    possible = np.broadcast_to(tried.possible(), tried.shape)
    assert not possible[0, 0, :, -1].any()
    assert possible[0, -1, :, 0].all()


@pytest.mark.parametrize("rule", RULES)
def test_every_possible_place_is_a_valid_decision(rule):
    tried = candidates("fine", rule, spec_of(256))
    possible = np.broadcast_to(tried.possible(), tried.shape)
    places = np.random.default_rng(0).integers(0, tried.shape, (300, 5)).tolist()
    for place in filter(lambda place: possible[place], map(tuple, places)):
        decision = tried.decision(place, OWN)
        assert (decision.rule, decision.tta, decision.scales) == (rule, "none", (1.0, 1.5))


def test_a_doublet_has_one_threshold():
    tried = candidates("fine", "doublet", spec_of(256))
    decision = tried.decision((0, 0, 2, 20, 1), OWN)
    assert decision.top == decision.bottom == tried.levels[20]
    assert decision.area == tried.areas[2]


@pytest.mark.parametrize(
    ("rule", "used"),
    [
        ("threshold", {"bottom", "removal"}),
        ("doublet", {"area", "bottom", "removal"}),
        ("triplet", {"top", "area", "bottom", "removal"}),
        ("label_gated", {"label", "top", "area", "bottom", "removal"}),
        ("distance", {"top", "area", "cut", "removal"}),
    ],
)
def test_a_rule_is_searched_along_the_axes_it_has(rule, used):
    axes = candidates("fine", rule, spec_of(256)).axes
    assert {name for name, values in axes.items() if len(values) > 1} == used
    assert all(values == tuple(sorted(set(values))) for values in axes.values())


@pytest.mark.parametrize(
    ("rule", "place", "expected"),
    [
        pytest.param("triplet", (0, 50, 3, 10, 2), (), id="inside"),
        pytest.param("triplet", (0, 50, 0, 10, 0), (), id="area_one_and_removal_none_are_ends_of_the_scale"),
        pytest.param("triplet", (0, 50, -1, 0, 2), ("area", "bottom"), id="beyond_these_nothing_was_tried"),
        pytest.param("label_gated", (0, 20, 3, 10, 2), (), id="no_label_is_below_none"),
        pytest.param("label_gated", (-1, 20, 3, 10, 2), ("label",), id="a_label_of_the_highest"),
        pytest.param("distance", (0, 20, 3, 0, 2), ("cut",), id="an_outline_drawn_in_as_far_as_was_tried"),
    ],
)
def test_edges_are_named_where_something_lies_beyond(rule, place, expected):
    tried = candidates("fine", rule, spec_of(512))
    on_grid = tuple(index % length for index, length in zip(place, tried.shape, strict=True))
    assert tried.edges(on_grid) == expected


def test_the_papers_threshold_stands_at_an_edge_of_its_grid():
    assert candidates("roque2025", "threshold", spec_of(512)).edges((0, 0, 0, 0, 0)) == ("bottom",)


def test_the_papers_grid_is_of_no_other_rule():
    with pytest.raises(RecipeError, match="no axis more for the rule triplet"):
        candidates("roque2025", "triplet", spec_of(512))
