"""The films on which readers differ most, found by their outlines and drawn beside each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import dice_scores
from pleura.core.rle import decode
from pleura.data import Dataset
from pleura.data.film_key import film_key
from pleura.evidence.evaluate import Judgement
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.film_tile import FilmTile, make_tile
from pleura.evidence.films import read_case
from pleura.evidence.reading import Reading

SHOWN = 6
"""Films of each kind."""


@dataclass(frozen=True)
class Apart:
    """One film on which readers differ: its Dice (the widest gap) and a tile a reader, in the readers' order."""

    gap: float
    tiles: tuple[FilmTile, ...]


@dataclass(frozen=True)
class Kind:
    """Films of one kind: those to show, from the widest gap down, how many differ at all, and of how many."""

    widest: tuple[Apart, ...]
    differing: int
    films: int


@dataclass(frozen=True)
class Disagreement:
    """Films with a pneumothorax, and healthy ones."""

    positives: Kind
    healthy: Kind

    @property
    def kinds(self) -> tuple[Kind, Kind]:
        """Both, in that order."""
        return self.positives, self.healthy


def widest_apart(runs: Sequence[Evaluation]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How far outlines lie apart in Dice, (N,) in [0, 1], and the films in the order of it, (N,) places.

    Of equal gaps the film comes first on which the outlined areas differ more, as a share of the film; of equal
    ones again the earlier.

    Args:
        runs: one a reader, on the same films.
    """
    counts = [run.judged.counts for run in runs]
    dice = np.array([dice_scores(each.intersections, each.predicted, each.true) for each in counts])
    areas = np.array([each.predicted / each.pixels for each in counts])
    gap, spread = np.ptp(dice, axis=0), np.ptp(areas, axis=0)
    return gap, np.lexsort((-spread, -gap)).astype(np.int64)


def disagreement(
    readers: Sequence[Judgement],
    dataset: Dataset,
    most: int = SHOWN,
    watch: Callable[[Sequence[int]], Iterable[int]] = iter,
) -> Disagreement:
    """Find and draw the films on which readers differ most, as the first run of each outlines them.

    Args:
        readers: judged on the same films, their outlines kept.
        dataset: the films.
        most: films of each kind that are drawn; only these are read again.
        watch: sees each place among the films as it is drawn.

    Raises:
        DatasetError: a film was changed.
        UnreadableImage: a film is refused.
    """
    firsts = [reader.runs[0] for reader in readers]
    gap, order = widest_apart(firsts)
    present = firsts[0].judged.present
    differing = [
        [int(place) for place in order if gap[place] > 0 and present[place] == kind] for kind in (True, False)
    ]
    shown = [place for places in differing for place in places[:most]]
    drawn = {place: _apart(readers, dataset, place, float(gap[place])) for place in watch(shown)}
    positives, healthy = (
        Kind(tuple(drawn[place] for place in places[:most]), len(places), int(np.count_nonzero(present == kind)))
        for places, kind in zip(differing, (True, False), strict=True)
    )
    return Disagreement(positives, healthy)


def _apart(readers: Sequence[Judgement], dataset: Dataset, place: int, gap: float) -> Apart:
    index = int(readers[0].runs[0].films[place])
    film, truth, case = read_case(dataset, index), dataset.truth(index), dataset.cases[index]
    tiles = []
    for reader in readers:
        run = reader.runs[0]
        judged = run.judged
        reading = Reading(
            index=index,
            film=film,
            truth=truth,
            mask=decode(reader.outlines[0][place], (case.height, case.width)),
            score=float(judged.scores[place]) if run.scored else float("nan"),
            present=bool(judged.decided[place]),
        )
        tiles.append(make_tile(reading, place + 1, film_key(case.id)))
    return Apart(gap, tuple(tiles))
