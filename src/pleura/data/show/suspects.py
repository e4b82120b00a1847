"""Films that somebody should look at before anything is learned from them or judged by them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pleura.core.metrics import dice_scores, film_counts
from pleura.core.types import Mask
from pleura.data.alike import SAME_CORRELATION, Looks, Watch, alike_pairs
from pleura.data.case import Case
from pleura.data.dataset import Dataset
from pleura.data.show.mask_check import EMPTY_SHARE, OUTSIDE_SHARE, check_mask

Kind = Literal["outside", "empty", "speck", "lost", "same-file", "near-duplicate", "sex"]
KINDS: dict[Kind, str] = {
    "outside": "Mask outside the body or the exposed field",
    "empty": "Mask where the picture is nearly constant",
    "speck": "Mask with a part of a few pixels",
    "lost": "Mask that vanishes at the stored size",
    "same-file": "The same file twice",
    "near-duplicate": "Near-duplicates with different truth",
    "sex": "A patient of both sexes",
}
SAME_DICE = 0.5
"""Two outlines of one picture that agree less than this contradict each other; two readers agree by about .71."""


@dataclass(frozen=True)
class Suspect:
    """One suspicious case.

    Attributes:
        kind: what is wrong.
        films: positions of the films, one or two.
        value: what the cases of a kind are sorted by, the worst first.
        words: what was measured, without the name of a patient.
    """

    kind: Kind
    films: tuple[int, ...]
    value: float
    words: str


def find_suspects(dataset: Dataset, watch: Watch = iter) -> tuple[Suspect, ...]:
    """Go through a data set film by film, with one film in memory at a time; masks only where there are labels.

    Args:
        dataset: what to look at.
        watch: sees the films as they are read and compared.
    """
    found = [*_twice(dataset), *_sexes(dataset.cases)]
    if dataset.record.labelled:
        present = [index for index, case in enumerate(dataset.cases) if case.present]
        found += [suspect for place in watch(range(len(present))) for suspect in _of_mask(dataset, present[place])]
        found += _near_duplicates(dataset, watch)
    order = list(KINDS)
    return tuple(sorted(found, key=lambda suspect: (order.index(suspect.kind), -suspect.value, suspect.films)))


def _of_mask(dataset: Dataset, index: int) -> Iterator[Suspect]:
    mask = dataset.mask(index)
    if not mask.any():
        area = dataset.cases[index].area
        yield Suspect("lost", (index,), area, f"{area:.4%} of the film at native size, nothing at {len(mask)} pixels")
        return
    check = check_mask(dataset.images[index], mask)
    if check.outside >= OUTSIDE_SHARE:
        yield Suspect("outside", (index,), check.outside, f"{check.outside:.0%} of the mask lies outside")
    if check.empty >= EMPTY_SHARE:
        yield Suspect("empty", (index,), check.empty, f"nothing is seen in {check.empty:.0%} of the mask")
    if check.specks:
        words = f"{check.specks} of {check.parts} parts are a few pixels each"
        yield Suspect("speck", (index,), float(check.specks), words)


def _twice(dataset: Dataset) -> Iterator[Suspect]:
    """Films of one content; the second and every further one stands beside the first."""
    for first, *others in _groups(case.sha256 for case in dataset.cases):
        for other in others:
            agree = _dice(dataset.mask(first), dataset.mask(other))
            truth = f"Dice of their truths {agree:.2f}" if dataset.record.labelled else "no labels to compare"
            yield Suspect("same-file", (first, other), 1 - agree, truth)


def _near_duplicates(dataset: Dataset, watch: Watch) -> Iterator[Suspect]:
    looks = Looks.of(dataset.images, watch)
    for pair in alike_pairs(looks, watch=watch):
        one, other = pair.first, pair.second
        if pair.correlation < SAME_CORRELATION or dataset.cases[one].sha256 == dataset.cases[other].sha256:
            continue
        agree = _dice(dataset.mask(one), dataset.mask(other))
        if agree < SAME_DICE:
            words = f"correlation {pair.correlation:.3f}, Dice of their truths {agree:.2f}"
            yield Suspect("near-duplicate", (one, other), pair.correlation, words)


def _sexes(cases: Sequence[Case]) -> Iterator[Suspect]:
    for films in _groups(case.patient if case.patient_known else None for case in cases):
        women, men = ([film for film in films if cases[film].sex == sex] for sex in ("F", "M"))
        if women and men:
            words = f"F on {len(women)} films of one patient, M on {len(men)}"
            yield Suspect("sex", (women[0], men[0]), float(min(len(women), len(men))), words)


def _dice(one: Mask, other: Mask) -> float:
    both, first, second, _ = film_counts(one, other)
    return float(dice_scores(np.array([both]), np.array([first]), np.array([second]))[0])


def _groups(keys: Iterable[str | None]) -> list[list[int]]:
    """Positions of equal keys, where there are two or more; None is nobody's key."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key is not None:
            places[key].append(index)
    return [group for group in places.values() if len(group) > 1]
