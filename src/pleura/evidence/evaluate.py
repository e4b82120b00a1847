"""A model judged on labelled films: each is read from its file and scored at native size."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import count_films, film_counts, soft_iou_batch, tta_correct
from pleura.core.postprocess import Verdict, decide
from pleura.core.types import Mask, Radiograph
from pleura.data import Dataset
from pleura.evidence.films import Watch, read_case
from pleura.evidence.judged import Judged
from pleura.predict import Predictor

SOFT_IOU_BATCH = 32
"""Films a batch for `soft_iou_batch`: roque2025's, the largest of the published systems it is compared with."""


@dataclass(frozen=True)
class Reading:
    """One film with its truth, (H, W) bool, and what the model said without and with test-time augmentation."""

    index: int
    film: Radiograph
    truth: Mask
    plain: Verdict
    averaged: Verdict


@dataclass(frozen=True)
class _Row:
    """What is kept of a reading: no pixels, so that memory does not grow with the films."""

    counts: tuple[int, int, int, int]
    soft: tuple[float, float]
    verdict: tuple[float, bool]
    plain: bool
    averaged: bool


@dataclass(frozen=True)
class Evaluation:
    """A model judged on N films.

    Attributes:
        films: (N,) positions of the films in the data set.
        judged: counts, scores and decisions as the model's own decision gives them.
        plain: (N,) bool, decisions without test-time augmentation.
        averaged: (N,) bool, decisions with it.
        soft: (N, 2) float64, sums of the probabilities inside the truth and over the film.
    """

    films: NDArray[np.int64]
    judged: Judged
    plain: NDArray[np.bool_]
    averaged: NDArray[np.bool_]
    soft: NDArray[np.float64]

    def take(self, places: NDArray[np.int64]) -> "Evaluation":
        """Some of the films, by place."""
        return Evaluation(
            self.films[places],
            self.judged.take(places),
            self.plain[places],
            self.averaged[places],
            self.soft[places],
        )

    def figures(self) -> dict[str, float]:
        """Every figure; NaN where undefined."""
        correct = tta_correct(self.plain, self.averaged, self.judged.present)
        return {
            **self.judged.figures(),
            f"soft_iou_batch_{SOFT_IOU_BATCH}": soft_iou_batch(
                self.soft[:, 0], self.soft[:, 1], self.judged.counts.true, SOFT_IOU_BATCH
            ),
            "tta_correct_plain": correct["plain"],
            "tta_correct_flip": correct["tta"],
        }


def evaluate(
    predictor: Predictor,
    dataset: Dataset,
    films: NDArray[np.int64],
    show: Callable[[Reading], None],
    watch: Watch = iter,
) -> Evaluation:
    """Judge a model.

    Args:
        predictor: the model with its decision.
        dataset: the films.
        films: (N,) positions of those to judge on.
        show: sees each reading while its pixels are there.
        watch: sees each film as its turn comes.

    Raises:
        DatasetError: a film was changed.
        UnreadableImage: a film is refused; figures on the others would be of another set.
    """
    rows = []
    for reading in _readings(predictor, dataset, films, watch):
        show(reading)
        rows.append(_row(reading, predictor.decision.tta == "flip"))
    counts = count_films(row.counts for row in rows)
    return Evaluation(
        films=films,
        judged=Judged(
            counts=counts,
            scores=np.array([row.verdict[0] for row in rows], dtype=np.float64),
            decided=np.array([row.verdict[1] for row in rows], dtype=np.bool_),
        ),
        plain=np.array([row.plain for row in rows], dtype=np.bool_),
        averaged=np.array([row.averaged for row in rows], dtype=np.bool_),
        soft=np.array([row.soft for row in rows], dtype=np.float64).reshape(-1, 2),
    )


def _readings(predictor: Predictor, dataset: Dataset, films: NDArray[np.int64], watch: Watch) -> Iterator[Reading]:
    for index in watch([int(index) for index in films]):
        film = read_case(dataset, index)
        plain, averaged = (
            decide(maps, film.shape, predictor.spec, predictor.decision) for maps in predictor.both(film)
        )
        yield Reading(index, film, dataset.truth(index), plain, averaged)


def _row(reading: Reading, flips: bool) -> _Row:
    verdict, truth = reading.averaged if flips else reading.plain, reading.truth
    maps = verdict.probabilities
    return _Row(
        counts=film_counts(verdict.mask, truth),
        soft=(float(maps[truth].sum(dtype=np.float64)), float(maps.sum(dtype=np.float64))),
        verdict=(verdict.probability, verdict.present),
        plain=reading.plain.present,
        averaged=reading.averaged.present,
    )
