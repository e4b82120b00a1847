import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.rle import encode
from pleura.core.types import Side, View
from pleura.evidence.strata import parts_of, side_of_truth
from readers import SIDE, draw_dataset


def column_mask(left, width):
    mask = np.zeros((SIDE, SIDE), dtype=np.bool_)
    mask[:, left : left + width] = True
    return mask


def of_areas(tmp_path, areas):
    """A film for each area in %, healthy where it is 0; truths lie in the picture's left half."""
    cases = [{"present": area > 0, "area": area / 100} for area in areas]
    codes = [encode(column_mask(3, 5)) if area else "-1" for area in areas]
    return draw_dataset(tmp_path, cases, codes)


def names(parts, axis):
    return {part.name: part.places.tolist() for part in parts if part.axis == axis}


def test_sizes_are_told_apart_at_one_and_three_percent_and_in_thirds(tmp_path):
    parts = parts_of(of_areas(tmp_path, [0.5, 0, 1.0, 3.0, 3.5, 0, 9.0, 0.9]), np.arange(8))
    assert names(parts, "size") == {"below 1 %": [0, 7], "1 to 3 %": [2, 3], "above 3 %": [4, 6]}
    thirds = names(parts, "size, thirds")
    assert list(thirds.values()) == [[0, 7], [2, 3], [4, 6]]
    assert [name.split(",")[0] for name in thirds] == ["smallest", "middle", "largest"]
    assert all(part.positives_only for part in parts)  # what is unknown or alike on all films tells nothing apart


@given(st.lists(st.sampled_from([0.0, 0.2, 0.2, 1.0, 2.0, 3.0, 7.5]), min_size=1, max_size=30))
def test_every_positive_is_in_one_size_one_third_and_one_side(tmp_path_factory, areas):
    dataset = of_areas(tmp_path_factory.getbasetemp(), areas)
    parts = parts_of(dataset, np.arange(len(areas)))
    ill = [place for place, area in enumerate(areas) if area]
    for axis in ("size", "size, thirds", "side"):
        assert sorted(place for places in names(parts, axis).values() for place in places) == ill
    assert all(part.places.size for part in parts)


def test_the_side_is_the_patients_by_the_half_that_holds_more(tmp_path):
    assert side_of_truth(column_mask(10, 20)) is Side.RIGHT
    assert side_of_truth(column_mask(70, 20)) is Side.LEFT
    assert side_of_truth(column_mask(10, 20) | column_mask(60, 30)) is Side.LEFT
    assert side_of_truth(column_mask(40, 20)) is Side.LEFT  # as much in either half
    odd = np.zeros((4, 5), dtype=np.bool_)
    odd[:, 2] = odd[0, 0] = True  # the middle column is in neither half
    assert side_of_truth(odd) is Side.RIGHT
    cases = [{"present": True}, {"present": True}, {}]
    dataset = draw_dataset(tmp_path, cases, [encode(column_mask(70, 9)), encode(column_mask(5, 9)), "-1"])
    assert names(parts_of(dataset, np.arange(3)), "side") == {"right": [1], "left": [0]}


def test_films_are_told_apart_by_what_is_known_of_them(tmp_path):
    cases = [
        {"view": View.AP, "sex": "F", "age": 17.9, "site": "B"},
        {"view": View.PA, "sex": "M", "age": 18.0, "site": "A"},
        {"view": View.PA, "sex": "unknown", "age": 39.5, "site": ""},
        {"view": View.UNKNOWN, "sex": "F", "age": 60.0, "site": "B"},
        {"view": View.AP, "sex": "F", "age": None, "site": "B"},
    ]
    parts = parts_of(draw_dataset(tmp_path, cases, ["-1"] * 5), np.arange(5))
    assert names(parts, "view") == {"PA": [1, 2], "AP": [0, 4], "unknown": [3]}
    assert names(parts, "sex") == {"female": [0, 3, 4], "male": [1], "unknown": [2]}
    assert names(parts, "age") == {"below 18": [0], "18 to 39": [1, 2], "60 and above": [3], "unknown": [4]}
    assert list(names(parts, "site").items()) == [("A", [1]), ("B", [0, 3, 4]), ("unknown", [2])]
    assert not any(part.positives_only for part in parts)


def test_places_are_among_the_films_that_were_asked_for(tmp_path):
    cases = [{"sex": "F"}, {"sex": "M"}, {"sex": "F"}, {"sex": "M"}]
    parts = parts_of(draw_dataset(tmp_path, cases, ["-1"] * 4), np.array([3, 2]))
    assert names(parts, "sex") == {"female": [1], "male": [0]}


@pytest.mark.parametrize("areas", [[0.0, 0.0], [2.0]])
def test_one_kind_of_film_alone_has_strata_too(tmp_path, areas):
    parts = parts_of(of_areas(tmp_path, areas), np.arange(len(areas)))
    assert {part.axis for part in parts} == ({"size", "size, thirds", "side"} if any(areas) else set())
