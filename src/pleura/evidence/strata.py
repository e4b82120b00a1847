"""The parts of a data set on which a reader is judged apart: by size, side, view, sex, age and site.

Chest drains, by which they should be told apart too, are recorded in no prepared data set.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Mask, Side, View
from pleura.data import Case, Dataset

UNKNOWN = "unknown"
_PERCENT = 100.0
_SMALL, _LARGE = 1.0, 3.0
_AGES = (("below 18", 0.0, 18.0), ("18 to 39", 18.0, 40.0), ("40 to 59", 40.0, 60.0), ("60 and above", 60.0, np.inf))
_SEXES = {"F": "female", "M": "male", "unknown": UNKNOWN}


@dataclass(frozen=True)
class Part:
    """Some of N films.

    Attributes:
        axis: what the films are told apart by.
        name: which of them these are.
        places: (K,) among the N, ascending; at least one.
        positives_only: whether only a film with a pneumothorax can be told apart so, as by its size.
    """

    axis: str
    name: str
    places: NDArray[np.int64]
    positives_only: bool = False


def parts_of(dataset: Dataset, films: NDArray[np.int64]) -> list[Part]:
    """Tell films of a data set, (N,) positions, apart in every way known; parts without a film are left out.

    Size is the share of the image that the truth covers, in thirds of these very positives and at the limits 1 and
    3 %. The side is the patient's, of the half of the image that holds more of the truth, for a film hung as usual.
    What is unknown of a film is a part too; an axis on which all films are alike or unknown tells nothing apart and
    is left out, but for size and side.
    """
    cases = [dataset.cases[int(index)] for index in films]
    ill = np.array([case.present for case in cases], dtype=np.bool_)
    percent = _PERCENT * np.array([case.area for case in cases], dtype=np.float64)
    sides = [
        str(side_of_truth(dataset.truth(int(index)))) if case.present else ""
        for index, case in zip(films, cases, strict=True)
    ]
    of_positives = [*_thirds(percent, ill), *_sizes(percent, ill), *_told_apart("side", sides, tuple(Side))]
    known = [
        _told_apart("view", [case.view for case in cases], tuple(View)),
        _told_apart("sex", [_SEXES[case.sex] for case in cases], tuple(_SEXES.values())),
        _told_apart("age", [_age(case) for case in cases], (*(name for name, _, _ in _AGES), UNKNOWN)),
        _told_apart("site", sites := [case.site or UNKNOWN for case in cases], sorted(set(sites), key=_unknown_last)),
    ]
    parts = [
        Part(part.axis, part.name, part.places, positives_only=True) for part in of_positives if part.places.size
    ]
    return parts + [part for axis in known if len(axis) > 1 for part in axis]


def side_of_truth(truth: Mask) -> Side:
    """The patient's side of the half of the image that holds more of a mask, (H, W); the left where both hold alike.

    The picture's left half is the patient's right.
    """
    width = truth.shape[1]
    first, second = truth[:, : width // 2], truth[:, (width + 1) // 2 :]
    return Side.RIGHT if np.count_nonzero(first) > np.count_nonzero(second) else Side.LEFT


def _thirds(percent: NDArray[np.float64], ill: NDArray[np.bool_]) -> list[Part]:
    if not ill.any():
        return []
    low, high = np.quantile(percent[ill], (1 / 3, 2 / 3))
    return [
        _part("size, thirds", f"smallest, up to {low:.2f} %", ill & (percent <= low)),
        _part("size, thirds", f"middle, up to {high:.2f} %", ill & (percent > low) & (percent <= high)),
        _part("size, thirds", f"largest, above {high:.2f} %", ill & (percent > high)),
    ]


def _sizes(percent: NDArray[np.float64], ill: NDArray[np.bool_]) -> list[Part]:
    return [
        _part("size", "below 1 %", ill & (percent < _SMALL)),
        _part("size", "1 to 3 %", ill & (percent >= _SMALL) & (percent <= _LARGE)),
        _part("size", "above 3 %", ill & (percent > _LARGE)),
    ]


def _told_apart(axis: str, names: Sequence[str], order: Sequence[str]) -> list[Part]:
    """A part for each name of films, (N,), in an order of names; a film whose name is not in it is in none."""
    every = np.array([str(name) for name in names])
    parts = [_part(axis, str(name), every == str(name)) for name in order]
    return [part for part in parts if part.places.size]


def _part(axis: str, name: str, chosen: NDArray[np.bool_]) -> Part:
    return Part(axis, name, np.flatnonzero(chosen).astype(np.int64))


def _age(case: Case) -> str:
    if case.age is None:
        return UNKNOWN
    return next((name for name, low, high in _AGES if low <= case.age < high), UNKNOWN)


def _unknown_last(name: str) -> tuple[bool, str]:
    return name == UNKNOWN, name
