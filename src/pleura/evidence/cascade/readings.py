"""What the first and the full model say of the films that a cascade is tuned on, and how long both take."""

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
from pleura.evidence.reading import Reading
from pleura.predict import Predictor
from pleura.predict.clock import Clock
from pleura.predict.first_reader import FirstReader
from pleura.runtime import Blend, EngineChoice, Model

_FULL = ("lungs", "preprocess", "network", "blend")


@dataclass(frozen=True)
class Readings:
    """N films as both models read them.

    Attributes:
        full: the full model, judged as it is.
        scores: of both models, beside the truth.
        threshold: what a score must exceed for the full model to decide for a pneumothorax.
        areas: (N,) share of the film that the truth covers.
        groups: (N,) the patient or group of each film.
        seconds: mean seconds a film of the first and of the full model, read with their own looks, in one run.
    """

    full: Judgement
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
    """Let both models read every film.

    Raises:
        DatasetError: a film was changed.
        EngineError: a network gives no numbers, or this machine cannot give what was chosen.
        ModelFileError: an engine cannot run a network.
        UnreadableImage: a film is refused.
    """
    reader = FirstReader(first, RuleOut(by=by, below=0.0, slope=1.0, intercept=0.0), choice)
    clock, told = Clock(), dict[int, float]()

    def first_too(reading: Reading) -> None:
        _, told[reading.index] = reader.look(reading.film, clock)

    judgement = judge_model(full, Predictor(full, choice), dataset, films, first_too, watch)
    run = judgement.runs[0]
    looks = 1.0 if full.spec.decision.tta == "flip" else 0.5
    return Readings(
        full=replace(judgement, title=f"{judgement.title} alone"),
        scores=Scores(
            first=np.array([told[int(index)] for index in films]),
            found=run.judged.decided,
            present=run.judged.present,
        ),
        threshold=presence_threshold(full.spec.decision),
        areas=np.array([dataset.cases[int(index)].area for index in films]),
        groups=film_groups(dataset, films),
        seconds=(
            clock.seconds["rule_out"] / films.size,
            looks * sum(judgement.timings.get(stage, 0.0) for stage in _FULL),
        ),
    )
