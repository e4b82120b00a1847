"""A model judged on labelled films with the decision it holds: each film is read from its file, at native size."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.core.postprocess import decide, decide_grid
from pleura.core.rle import encode
from pleura.core.types import Mask
from pleura.data import Dataset
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.film_result import FilmResult, Said, gather, judge_film
from pleura.evidence.films import Watch, read_case
from pleura.evidence.honesty import honesty
from pleura.evidence.reading import Reading, Show, show_nothing
from pleura.predict import Predictor
from pleura.predict.clock import Clock
from pleura.runtime import Blend, Model

_ALIKE = 0.05
"""Shares of films with a pneumothorax that differ by less are one prevalence."""

_AS_IT_IS = "it is judged on them as it is, so that they show that gap too"

Kind = Literal["fixed", "cross-fit", "predictions"]


@dataclass(frozen=True)
class Judgement:
    """One reader judged on one set of films.

    Attributes:
        title: what to call the reader.
        words: facts about it, each with its name.
        runs: the same films judged one or more times, as by each draw of a cross-fit; figures are their means.
        warnings: why the figures are not what they seem; they stand at the top of every output.
        kind: `fixed` is a model with the decision it holds, `cross-fit` one whose decision was fitted anew on other
            patients' films, `predictions` outlines from files.
        model: the model, or None where only outlines were given.
        timings: mean seconds a film by stage.
        outlines: of each run the run-length code of each film's outline, native size; empty where not kept.
        seen: how many of the films are known to have been seen by the training or the tuning.
        notes: how it was done, for the reader of the figures.
    """

    title: str
    words: tuple[tuple[str, str], ...]
    runs: tuple[Evaluation, ...]
    warnings: tuple[str, ...]
    kind: Kind
    model: Model | Blend | None
    timings: dict[str, float]
    outlines: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    seen: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """Films judged by one reader: one evaluation a run, the outlines as run-length code, and seconds a film."""

    runs: tuple[Evaluation, ...]
    outlines: tuple[tuple[str, ...], ...]
    timings: dict[str, float]


def evaluate(
    predictor: Predictor,
    dataset: Dataset,
    films: NDArray[np.int64],
    show: Show = show_nothing,
    watch: Watch = iter,
) -> Outcome:
    """Judge a model. Each network sees a film and its mirror image once.

    Args:
        predictor: the model with its decision and calibration.
        dataset: the films.
        films: (N,) positions of those to judge on.
        show: sees each reading while its pixels are there; nothing of them is kept but run-length code.
        watch: sees each film as its turn comes.

    Raises:
        DatasetError: a film was changed.
        EngineError: the network gives no numbers.
        UnreadableImage: a film is refused; figures on the others would be of another set.
    """
    clock = Clock()
    results: list[FilmResult] = []
    codes: list[str] = []
    for index in watch([int(index) for index in films]):
        reading, said = _read(predictor, dataset, index, clock)
        show(reading)
        with clock.stage("score"):
            results.append(judge_film(reading.mask, reading.truth, dataset.cases[index], said))
            codes.append(encode(reading.mask))
    return Outcome((gather(films, results),), (tuple(codes),), seconds_a_film(clock, films.size))


def judge_model(
    model: Model | Blend,
    predictor: Predictor,
    dataset: Dataset,
    films: NDArray[np.int64],
    show: Show = show_nothing,
    watch: Watch = iter,
) -> Judgement:
    """Judge a model with the decision it holds, beside what it is known to have seen (`evaluate`).

    Raises:
        DatasetError: a film was changed.
        EngineError: the network gives no numbers.
        UnreadableImage: a film is refused.
    """
    outcome = evaluate(predictor, dataset, films, show, watch)
    found = honesty(model, dataset, films)
    return Judgement(
        title=f"{model.spec.name} {model.spec.version}",
        words=reader_words(model, predictor),
        runs=outcome.runs,
        warnings=found.warnings,
        kind="fixed",
        model=model,
        timings=outcome.timings,
        outlines=outcome.outlines,
        seen=int(found.seen.sum()),
        notes=prevalence_notes(model, dataset, films, _AS_IT_IS),
    )


def prevalence_notes(model: Model | Blend, dataset: Dataset, films: NDArray[np.int64], so: str) -> tuple[str, ...]:
    """That a model's probabilities were made for another prevalence than that of the films; nothing where they agree.

    Args:
        model: with the record of its calibration, or without one.
        dataset: the set that is judged on.
        films: (N,) positions of the films in it.
        so: what follows for ECE, Brier score and reliability.
    """
    record = model.spec.calibration_record
    if record is None:
        return ()
    here = float(np.mean([dataset.cases[int(index)].present for index in films]))
    if abs(record.prevalence - here) < _ALIKE:
        return ()
    meant = f"The model's calibration holds where {100 * record.prevalence:.0f} % of films have a pneumothorax"
    return (f"{meant}; of these films {100 * here:.0f} % have one. ECE, Brier score and reliability: {so}.",)


def seconds_a_film(clock: Clock, films: int) -> dict[str, float]:
    """Mean seconds of each stage."""
    return {stage: seconds / max(1, films) for stage, seconds in clock.seconds.items()}


def reader_words(model: Model | Blend, predictor: Predictor) -> tuple[tuple[str, str], ...]:
    """What is to be known of a model beside its figures: file, engine, decision, and what it learned from."""
    spec, decision = model.spec, predictor.decision.model_dump(exclude_defaults=True)
    models = model.models if isinstance(model, Blend) else (model,)
    training = [single.spec.training for single in models if single.spec.training is not None]
    return (
        ("model", f"{spec.name} {spec.version}"),
        ("sha256", model.sha256),
        ("architecture", _listed([single.spec.architecture for single in models])),
        ("input", f"{predictor.spec.side} x {predictor.spec.side}"),
        ("decision", ", ".join(f"{name} {value}" for name, value in decision.items())),
        ("calibration", predictor.calibration.kind if predictor.calibration is not None else "none"),
        ("trained on", _listed([record.data_name for record in training]) or "not recorded"),
        ("decision fitted on", spec.tuning.data_name if spec.tuning is not None else "not recorded"),
        ("engine", f"{predictor.engine}, {predictor.device}, {predictor.precision}"),
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _read(predictor: Predictor, dataset: Dataset, index: int, clock: Clock) -> tuple[Reading, Said]:
    with clock.stage("read"):
        film, truth = read_case(dataset, index), dataset.truth(index)
    maps = dict(zip(("none", "flip"), predictor.both(film, clock), strict=True))
    with clock.stage("decide"):
        own = predictor.decision.tta
        verdict = decide(maps[own], film.shape, predictor.spec, predictor.decision)
        other = decide_grid(maps["flip" if own == "none" else "none"], predictor.spec, predictor.decision).present
    probability = None if predictor.calibration is None else predictor.probability(verdict.score)
    reading = Reading(index, film, truth, verdict.mask, verdict.score, verdict.present, probability)
    decisions = (other, verdict.present) if own == "flip" else (verdict.present, other)
    soft = soft_sums(verdict.probabilities, truth)
    return reading, Said(verdict.score, verdict.present, probability, decisions, soft)


def soft_sums(probabilities: NDArray[np.float32], truth: Mask) -> tuple[float, float]:
    """Sums of a map's probabilities inside the truth and over the film, both (H, W)."""
    return float(probabilities[truth].sum(dtype=np.float64)), float(probabilities.sum(dtype=np.float64))
