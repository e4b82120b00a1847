"""Likely leaks: films that stand in two data sets, or whose patient does, under whatever name."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from pleura.core.errors import DatasetError
from pleura.data.alike import Alike, Looks, Watch, alike_pairs, is_likely
from pleura.data.case import Case, Split
from pleura.data.dataset import Dataset

Way = Literal["file", "id", "patient", "picture", "resembles"]
WAYS: dict[Way, str] = {
    "file": "the same file",
    "id": "the same id",
    "patient": "the same patient",
    "picture": "near-duplicate: likely the same film or patient",
    "resembles": "similar hash only: look at it, chance explains most",
}
"""How two films may belong together; all but the last are likely leaks."""


@dataclass(frozen=True)
class Leak:
    """Two films of different sets that belong together.

    Attributes:
        first: the film in the first set of the pair.
        second: the film in the other.
        ways: how, in the order of `WAYS`.
        bits: differing bits of 255 of their hashes, where these are alike.
        correlation: of their small pictures, in [-1, 1], there too.
    """

    first: Case
    second: Case
    ways: tuple[Way, ...]
    bits: int | None = None
    correlation: float | None = None

    @property
    def likely(self) -> bool:
        """Whether it is more than a resemblance."""
        return self.ways != ("resembles",)


@dataclass(frozen=True)
class Crossing:
    """All that two sets share, by their names; `leaks` are sorted, the surest first."""

    first: str
    second: str
    leaks: tuple[Leak, ...]

    @property
    def likely(self) -> tuple[Leak, ...]:
        """Those that are more than a resemblance."""
        return tuple(leak for leak in self.leaks if leak.likely)

    @property
    def patients(self) -> int:
        """How many known patients stand in both."""
        return len({leak.first.patient for leak in self.leaks if "patient" in leak.ways})

    @property
    def splits(self) -> tuple[Counter[Split], Counter[Split]]:
        """Films of the first and of the second set with a likely partner in the other, by their split."""
        first = {leak.first.id: leak.first.split for leak in self.likely}
        second = {leak.second.id: leak.second.split for leak in self.likely}
        return Counter(first.values()), Counter(second.values())

    def films(self, way: Way) -> tuple[int, int]:
        """How many films of the first and of the second set have a partner in this way."""
        chosen = [leak for leak in self.leaks if way in leak.ways]
        return len({leak.first.id for leak in chosen}), len({leak.second.id for leak in chosen})


def find_leaks(datasets: Sequence[Dataset], watch: Watch = iter) -> tuple[Crossing, ...]:
    """Compare every two of some data sets, film by film.

    Args:
        datasets: two or more.
        watch: sees films as they are hashed and compared.

    Raises:
        DatasetError: fewer than two sets, or one of them twice.
    """
    folders = [dataset.folder.resolve() for dataset in datasets]
    if len(folders) < 2 or len(set(folders)) < len(folders):
        raise DatasetError("leaks", "needs two or more different data sets", "Name the folders to compare.")
    names = _names(datasets)
    looks = [Looks.of(dataset.images, watch) for dataset in datasets]
    return tuple(
        Crossing(
            names[one],
            names[two],
            _shared(datasets[one], datasets[two], list(alike_pairs(looks[one], looks[two], watch))),
        )
        for one, two in combinations(range(len(datasets)), 2)
    )


def _shared(first: Dataset, second: Dataset, pairs: Sequence[Alike]) -> tuple[Leak, ...]:
    ways: dict[tuple[int, int], list[Way]] = defaultdict(list)
    for way in ("file", "id", "patient"):
        for pair in _equal([_key(case, way) for case in first.cases], [_key(case, way) for case in second.cases]):
            ways[pair].append(way)
    seen: dict[tuple[int, int], Alike] = {}
    for alike in pairs:
        pair = (alike.first, alike.second)
        likely = is_likely(alike, first.cases[alike.first], second.cases[alike.second])
        if likely or pair not in ways:
            ways[pair].append("picture" if likely else "resembles")
        seen[pair] = alike
    order: list[Way] = list(WAYS)
    leaks = [
        _leak(first.cases[one], second.cases[two], found, seen.get((one, two))) for (one, two), found in ways.items()
    ]
    return tuple(sorted(leaks, key=lambda leak: (order.index(leak.ways[0]), -(leak.correlation or 0), leak.first.id)))


def _leak(one: Case, other: Case, ways: Sequence[Way], alike: Alike | None) -> Leak:
    if alike is None:
        return Leak(one, other, tuple(ways))
    return Leak(one, other, tuple(ways), alike.bits, alike.correlation)


def _key(case: Case, way: Way) -> str | None:
    if way == "file":
        return case.sha256
    if way == "id":
        return case.id
    return case.patient if case.patient_known else None


def _equal(first: Sequence[str | None], second: Sequence[str | None]) -> Iterator[tuple[int, int]]:
    """Positions of films with equal keys; None is nobody's key."""
    places: dict[str, list[int]] = defaultdict(list)
    for two, key in enumerate(second):
        if key is not None:
            places[key].append(two)
    for one, key in enumerate(first):
        if key is not None:
            yield from ((one, two) for two in places.get(key, ()))


def _names(datasets: Sequence[Dataset]) -> list[str]:
    """Names of the folders, whole paths where two are equal."""
    names = [dataset.folder.resolve().name for dataset in datasets]
    return names if len(set(names)) == len(names) else [str(dataset.folder) for dataset in datasets]
