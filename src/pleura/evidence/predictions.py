"""Outlines that any other tool drew, judged as a model is.

A folder holds `predictions.csv` (`image_id`, `EncodedPixels` as the SIIM-ACR challenge codes runs or -1, and where
known `score`, `probability` and `present`), with `predictions-2.csv` and so on for further runs on the same films; or
else a mask `<film id>.png` or `<film id>.mask.png` a film, in which anything but 0 is pneumothorax.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.rle import encode
from pleura.core.types import Mask
from pleura.data import Case, Dataset
from pleura.evidence.earlier import Earlier, read_earlier
from pleura.evidence.evaluate import Judgement, Outcome, seconds_a_film
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.film_result import FilmResult, Said, gather, judge_film
from pleura.evidence.films import Watch, read_case
from pleura.evidence.prediction_source import Source, open_sources
from pleura.evidence.prediction_table import Prediction
from pleura.evidence.reading import Reading, Show, show_nothing
from pleura.predict.clock import Clock

Missing = Literal["error", "empty"]


@dataclass(frozen=True)
class PredictionRules:
    """How outlines are read.

    Attributes:
        missing: whether a film without an outline is an error or counts as empty.
        rle_size: rows and columns of the square that run-length codes were drawn on; None where it is the film.
    """

    missing: Missing = "error"
    rle_size: int | None = None


_AS_THEY_ARE = PredictionRules()


def check_predictions(
    folder: Path, dataset: Dataset, films: NDArray[np.int64], rules: PredictionRules = _AS_THEY_ARE
) -> None:
    """Pass only a folder with outlines of these films, before hours go into other readers.

    Raises:
        DatasetError: no outlines, films without one, or a table that is not valid.
    """
    cases = [dataset.cases[int(index)] for index in films]
    for source in open_sources(folder, rules.rle_size):
        _absent(folder, source, cases, rules.missing)


def judge_predictions(
    folder: Path,
    dataset: Dataset,
    films: NDArray[np.int64],
    rules: PredictionRules = _AS_THEY_ARE,
    show: Show = show_nothing,
    watch: Watch = iter,
) -> Judgement:
    """Judge the outlines in a folder.

    Image-level scores are judged where every film has one; none are made up of masks. Of a folder that an evaluation
    of the same data set left, the warnings are kept: who drew the outlines had seen as many of the films.

    Args:
        folder: as this module says; it may hold outlines of other films beside.
        dataset: the films.
        films: (N,) positions of those to judge on.
        rules: how outlines are read.
        show: sees each film with its outline, of the first run.
        watch: sees each film as its turn comes.

    Raises:
        DatasetError: no outlines, films without one, one that does not fit its film, or a table that is not valid.
        UnreadableImage: a film is refused.
    """
    sources = open_sources(folder, rules.rle_size)
    cases = [dataset.cases[int(index)] for index in films]
    absent = max(_absent(folder, source, cases, rules.missing) for source in sources)
    clock = Clock()
    rows: list[list[FilmResult]] = [[] for _ in sources]
    codes: list[list[str]] = [[] for _ in sources]
    for index in watch([int(index) for index in films]):
        case = dataset.cases[index]
        with clock.stage("read"):
            film, truth = read_case(dataset, index), dataset.truth(index)
        for number, source in enumerate(sources):
            with clock.stage("read"):
                mask = source.mask(case)
                said = _said(source.said(case), mask)
            if number == 0:
                show(Reading(index, film, truth, mask, said.score, said.present, said.probability))
            with clock.stage("score"):
                rows[number].append(judge_film(mask, truth, case, said))
                codes[number].append(encode(mask))
    missing = (f"{absent} of {films.size} films had no outline and count as empty",) if absent else ()
    judgement = _judgement(folder, rules, _outcome(films, rows, codes, clock), missing)
    earlier = read_earlier(folder)
    return judgement if earlier is None else _remembered(judgement, earlier, dataset)


def _absent(folder: Path, source: Source, cases: Sequence[Case], missing: Missing) -> int:
    """How many films have no outline.

    Raises:
        DatasetError: all of them, or some and that is an error.
    """
    absent = [case.id for case in cases if not source.has(case)]
    if len(absent) == len(cases):
        reason = f"holds an outline of none of the {len(cases)} films, the first is {absent[0]!r}"
        raise DatasetError(folder, reason, "Name outlines by the column `id` of cases.csv.")
    if absent and missing == "error":
        reason = f"holds no outline of {len(absent)} of {len(cases)} films, the first is {absent[0]!r}"
        raise DatasetError(folder, reason, "Add them, or count them as empty with --missing empty.")
    return len(absent)


def _outcome(
    films: NDArray[np.int64], rows: Sequence[Sequence[FilmResult]], codes: Sequence[Sequence[str]], clock: Clock
) -> Outcome:
    return Outcome(
        runs=tuple(_evaluation(films, of_a_run) for of_a_run in rows),
        outlines=tuple(tuple(of_a_run) for of_a_run in codes),
        timings=seconds_a_film(clock, films.size),
    )


def _judgement(folder: Path, rules: PredictionRules, outcome: Outcome, warnings: tuple[str, ...]) -> Judgement:
    name = folder.resolve().name
    return Judgement(
        title=name,
        words=(("outlines", name), ("size of outlines", _size(rules)), ("runs", str(len(outcome.runs)))),
        runs=outcome.runs,
        warnings=warnings,
        kind="predictions",
        model=None,
        timings=outcome.timings,
        outlines=outcome.outlines,
        notes=_notes(outcome.runs),
    )


def _remembered(judgement: Judgement, earlier: Earlier, dataset: Dataset) -> Judgement:
    """The same with what an earlier evaluation of these outlines knew of who drew them."""
    words = (*judgement.words, ("drawn by", f"{earlier.reader.title} ({earlier.reader.kind})"))
    if earlier.data.sha256 != dataset.record.sha256:
        note = "The outlines were first judged on another data set: what that evaluation warned of is not repeated."
        return replace(judgement, words=words, notes=(*judgement.notes, note))
    return replace(
        judgement,
        words=words,
        warnings=tuple(dict.fromkeys((*earlier.warnings, *judgement.warnings))),
        seen=min(earlier.data.seen, judgement.runs[0].films.size),
    )


def _said(told: Prediction, mask: Mask) -> Said:
    score = told.probability if told.score is None else told.score
    present = bool(mask.any()) if told.present is None else told.present
    return Said(math.nan if score is None else score, present, told.probability)


def _evaluation(films: NDArray[np.int64], results: Sequence[FilmResult]) -> Evaluation:
    return gather(films, results, scored=not any(math.isnan(result.said.score) for result in results))


def _size(rules: PredictionRules) -> str:
    size = rules.rle_size
    return "the film's own" if size is None else f"{size} x {size}, resized to the film"


def _notes(runs: Sequence[Evaluation]) -> tuple[str, ...]:
    unknown = "It is not known whether the tool that drew the outlines learned from these films."
    if all(run.scored for run in runs):
        return (unknown,)
    return (unknown, "Not every film has an image-level score: figures of ranking and calibration are undefined.")
