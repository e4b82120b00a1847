import numpy as np
import pytest

from pleura.core.postprocess import grid_pixels
from pleura.core.spec import Contrast, InputSpec
from pleura.evidence.candidates import AXES, candidates


def spec_of(side: int) -> InputSpec:
    return InputSpec(side=side, channels=1, contrast=Contrast(kind="declared"), mean=(0.0,), std=(1.0,))


def test_the_papers_grid_is_ten_thresholds_and_six_areas_at_512():
    tried = candidates("roque2025", spec_of(512))
    assert tried.rule == "threshold"
    assert tried.bottoms == (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
    assert [grid_pixels(area, spec_of(512)) for area in tried.removals] == [0, 256, 512, 1024, 2048, 4096]


def test_no_two_areas_of_a_grid_mean_the_same_number_of_pixels():
    tried = candidates("fine", spec_of(64))
    for areas in (tried.areas, tried.removals):
        pixels = [max(1, grid_pixels(area, spec_of(64))) if area else 0 for area in areas]
        assert len(set(pixels)) == len(pixels)
        assert areas == tuple(sorted(areas))


def test_an_outline_narrower_than_presence_is_impossible():
    tried = candidates("fine", spec_of(256))
    possible = np.broadcast_to(tried.possible(), tried.shape)
    assert not possible[0, :, -1].any()
    assert possible[-1, :, 0].all()


def test_every_possible_place_is_a_valid_decision():
    tried = candidates("fine", spec_of(256))
    for place in np.argwhere(np.broadcast_to(tried.possible(), tried.shape))[::997]:
        decision = tried.decision(tuple(int(index) for index in place), "flip")
        assert decision.bottom <= decision.top


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        pytest.param((50, 3, 10, 2), (), id="inside"),
        pytest.param((50, 0, 10, 0), (), id="area_one_and_removal_none_are_ends_of_the_scale"),
        pytest.param((50, -1, 0, 2), ("area", "bottom"), id="beyond_these_nothing_was_tried"),
    ],
)
def test_edges_are_named_where_something_lies_beyond(place, expected):
    tried = candidates("fine", spec_of(512))
    on_grid = tuple(index % length for index, length in zip(place, tried.shape, strict=True))
    assert tried.edges(on_grid) == expected
    assert set(expected) <= set(AXES)


def test_the_papers_threshold_stands_at_an_edge_of_its_grid():
    assert candidates("roque2025", spec_of(512)).edges((0, 0, 0, 0)) == ("bottom",)
