"""Groups of films that must stand in one split: of one patient, the same file, or near-duplicates."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.types import View
from pleura.data.case import Sex
from pleura.data.dataset import Dataset
from pleura.data.likeness import ALIKE_BITS, HASH_BYTES, differing_bits, perceptual_hash


@dataclass(frozen=True)
class Traits:
    """What decides which films belong together; `hash` is the perceptual hash, (32,) uint8.

    `stand_in` is the group that a film was found to be of earlier, among films that are not all here now.
    """

    patient: str | None
    sha256: str
    sex: Sex
    age: float | None
    view: View
    hash: NDArray[np.uint8]
    stand_in: str | None = None


def film_groups(dataset: Dataset, films: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the groups of films of a data set, (N,), by the rules that its splits keep.

    Films are compared by their looks only where a patient is unknown. Numbers go by the name of the patient of a
    group's first film, so that known patients are numbered as their names are sorted.
    """
    cases = [dataset.cases[int(index)] for index in films]
    unknown = not all(case.patient_known for case in cases)
    unseen = np.zeros(HASH_BYTES, dtype=np.uint8)
    traits = [
        Traits(
            patient=case.patient if case.patient_known else None,
            sha256=case.sha256,
            sex=case.sex,
            age=case.age,
            view=case.view,
            hash=perceptual_hash(dataset.images[int(index)]) if unknown else unseen,
            stand_in=None if case.patient_known else case.patient,
        )
        for case, index in zip(cases, films, strict=True)
    ]
    names = [cases[first].patient for first in group_films(traits)]
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def group_films(films: Sequence[Traits]) -> NDArray[np.int64]:
    """Give each film the position of its group's first film, (N,).

    Films belong together that have one patient, one file content or one stand-in, or, where at least one's patient
    is unknown, that look alike and have equal sex, age and view.
    """
    first = np.arange(len(films))
    for key in ("patient", "sha256", "stand_in"):
        for members in _together([getattr(film, key) for film in films]).values():
            for other in members[1:]:
                _join(first, members[0], other)
    likely: dict[Hashable, list[int]] = _together([(film.sex, film.age, film.view) for film in films])
    for members in likely.values():
        _join_alike(first, films, members)
    return np.array([_root(first, index) for index in range(len(films))], dtype=np.int64)


def _join_alike(first: NDArray[np.int64], films: Sequence[Traits], members: list[int]) -> None:
    hashes = np.stack([films[index].hash for index in members])
    for place, index in enumerate(members[:-1]):
        near = np.flatnonzero(differing_bits(hashes[place], hashes[place + 1 :]) <= ALIKE_BITS)
        for step in near:
            other = members[place + 1 + int(step)]
            if films[index].patient is None or films[other].patient is None:
                _join(first, index, other)


def _together(keys: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    """Positions by key; None is nobody's key."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key is not None:
            places[key].append(index)
    return places


def _root(first: NDArray[np.int64], index: int) -> int:
    while first[index] != index:
        first[index] = first[first[index]]
        index = int(first[index])
    return index


def _join(first: NDArray[np.int64], one: int, other: int) -> None:
    low, high = sorted((_root(first, one), _root(first, other)))
    first[high] = low
