"""What the first and the full model say of the films that a cascade is tuned on, and how long both take."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pleura.core.postprocess import presence_threshold
from pleura.core.rule_out import RuleOut
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.cascade.rule import Reads, Scores
from pleura.evidence.evaluate import Judgement, judge_model
from pleura.evidence.films import Watch
from pleura.evidence.honesty import Honesty, honesty
from pleura.evidence.reading import Reading
from pleura.predict import Predictor
from pleura.predict.clock import Clock
from pleura.predict.first_reader import FirstReader
from pleura.runtime import Blend, EngineChoice, Model

_TIMED = 50
"""Films on which both models are timed: judged, the full one sees each mirrored too, whatever its decision asks."""


@dataclass(frozen=True)
class Readings:
    """N films as both models read them.

    Attributes:
        full: the full model, judged as it is.
        first: what the first model is known to have seen of the films.
        scores: of both models, beside the truth.
        threshold: what a score must exceed for the full model to decide for a pneumothorax.
        areas: (N,) share of the film that the truth covers.
        groups: (N,) the patient or group of each film.
        seconds: median seconds a film of the first and of the full model with their own looks, of at most `_TIMED`
            films, both in turn.
    """

    full: Judgement
    first: Honesty
    scores: Scores
    threshold: float
    areas: NDArray[np.float64]
    groups: NDArray[np.int64]
    seconds: tuple[float, float]


def read_both(
    full: Model | Blend,
    first: Model,
    by: Reads,
    choice: EngineChoice,
    dataset: Dataset,
    films: NDArray[np.int64],
    watch: Watch = iter,
) -> Readings:
    """Let both models read every film; the first one has a label where it is read by that.

    Raises:
        DatasetError: a film was changed.
        EngineError: a network gives no numbers, or this machine cannot give what was chosen.
        ModelFileError: an engine cannot run a network.
        UnreadableImage: a film is refused.
    """
    reader = FirstReader(first, RuleOut(by=by, below=0.0, slope=1.0, intercept=0.0), choice)
    predictor = Predictor(full, choice)
    told, taken = dict[int, float](), list[tuple[float, float]]()

    def first_too(reading: Reading) -> None:
        film = reading.film
        _, told[reading.index] = reader.look(film, Clock())
        if len(taken) < _TIMED:
            taken.append((_seconds(lambda: reader.look(film, Clock())), _seconds(lambda: predictor.maps(film))))

    judgement = judge_model(full, predictor, dataset, films, first_too, watch)
    run = judgement.runs[0]
    of_first, of_full = zip(*taken, strict=True)
    return Readings(
        full=replace(judgement, title=f"{judgement.title} alone"),
        first=honesty(first, dataset, films),
        scores=Scores(
            first=np.array([told[int(index)] for index in films]),
            found=run.judged.decided,
            present=run.judged.present,
        ),
        threshold=presence_threshold(full.spec.decision),
        areas=np.array([dataset.cases[int(index)].area for index in films]),
        groups=film_groups(dataset, films),
        seconds=(statistics.median(of_first), statistics.median(of_full)),
    )


def _seconds(look: Callable[[], object]) -> float:
    start = time.perf_counter()
    look()
    return time.perf_counter() - start
