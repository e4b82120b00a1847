"""`pleura evaluate`: judge models, or the outlines of any other tool, on labelled films."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from pleura.cli.console import need_extra, say, track
from pleura.cli.evaluation_display import show_assessment
from pleura.cli.judged_films import JudgedFilms
from pleura.cli.tune import Search
from pleura.core.errors import PleuraError
from pleura.data import Dataset
from pleura.evidence.crossfit_evaluation import judge_cross_fit
from pleura.evidence.document import Assessment, document
from pleura.evidence.earlier import METRICS
from pleura.evidence.evaluate import Judgement, judge_model
from pleura.evidence.evaluation_folder import write_evaluation
from pleura.evidence.figures.draws import ROUNDS
from pleura.evidence.figures.summary import summarise
from pleura.evidence.gallery import Gallery
from pleura.evidence.predictions import Missing, PredictionRules, check_predictions, judge_predictions
from pleura.evidence.reading import Show
from pleura.evidence.report.page import REPORT, write_report
from pleura.evidence.report.reader import Reader, Rounds
from pleura.predict import Predictor
from pleura.predict.loading import load
from pleura.runtime import Blend, EngineChoice, Model

_BOOTSTRAP_SEED = 0
_SEARCH = Search()

Judge = Callable[[Show], Judgement]
Named = tuple[str, Judge]


@Parameter(name="*")
@dataclass(frozen=True)
class Outlines:
    """Outlines that other tools drew.

    Attributes:
        predictions: A folder with predictions.csv, or with masks named by film id (ID.png); may be repeated.
        missing: What a film without an outline means: an error, or an empty one.
        rle_size: Rows and columns of the square that run-length codes were drawn on, where it is not the film.
    """

    predictions: Annotated[tuple[Path, ...], Parameter(negative="")] = ()
    missing: Missing = "error"
    rle_size: int | None = None


@Parameter(name="*")
@dataclass(frozen=True)
class Figures:
    """How figures are made and told.

    Attributes:
        cross_fit: Fit decision and calibration anew, on other patients' films than those they judge.
        rounds: Of the bootstrap that gives the intervals.
        as_json: Print what metrics.json holds instead of a table; a list where there are several readers.
    """

    cross_fit: Annotated[bool, Parameter(negative="")] = False
    rounds: int = ROUNDS
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False


def evaluate(
    models: Annotated[list[Path] | None, Parameter(negative="")] = None,
    /,
    *,
    films: JudgedFilms,
    out: Annotated[
        Path, Parameter(help="Takes report.html, metrics.json and the tables; a folder a reader of several.")
    ],
    outlines: Outlines = Outlines(),
    figures: Figures = Figures(),
    search: Search = _SEARCH,
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
) -> None:
    """Judge MODELS at native size with the decision each holds, and the outlines of other tools beside them.

    Every figure has a 95 % interval from a bootstrap that draws patients. The folder that is written can be given
    to --predictions in its turn. Figures on films that the model saw are warned of and marked.

    Parameters
    ----------
    models
        Model files, or blends of several (TOML); the model inside this package where neither one nor --predictions
        is named.
    """
    need_extra("scipy", "evidence")
    _check(models or [], outlines, figures, search)
    dataset, positions, others = films.open()
    named: list[Path | None] = [*models] if models else ([] if outlines.predictions else [None])
    plan_of = search if figures.cross_fit else None
    judges = [_judge_model(load(path), dataset, positions, plan_of, engine) for path in named]
    judges += _judges_of_outlines(outlines, dataset, positions)
    folders = _folders(out, [name for name, _ in judges], outlines.predictions)
    readers: list[Reader] = []
    documents = []
    for folder, (_, judge) in zip(folders, judges, strict=True):
        gallery = Gallery(dataset)
        assessment = _assess(judge(gallery.show), dataset, others, figures.rounds)
        readers.append(Reader(assessment.judgement, assessment.summary, gallery.shown()))
        documents.append(document(assessment, dataset))
        write_evaluation(assessment, dataset, folder)
        write_report(folder, dataset, readers[-1:], Rounds(figures.rounds, _BOOTSTRAP_SEED))
        if not figures.as_json:
            show_assessment(assessment, dataset)
        say(f"{folder}: {REPORT}, {METRICS} and tables of {positions.size} films")
    if len(readers) > 1:
        write_report(out, dataset, readers, Rounds(figures.rounds, _BOOTSTRAP_SEED))
        say(f"{out / REPORT}: all of them")
    if figures.as_json:
        print(json.dumps(documents if len(documents) > 1 else documents[0], indent=2, allow_nan=False))


def _check(models: Sequence[Path], outlines: Outlines, figures: Figures, search: Search) -> None:
    """Refuse what would be ignored.

    Raises:
        PleuraError: saying what.
    """
    if figures.rounds < 1:
        raise PleuraError("usage", f"--rounds {figures.rounds}: an interval needs draws", "Give at least 1.")
    if search != _SEARCH and not figures.cross_fit:
        reason = "how to look for a decision was said, but the model's own is judged"
        raise PleuraError("usage", reason, "Add --cross-fit, or leave the options of the search out.")
    if figures.cross_fit and outlines.predictions and not models:
        reason = "--cross-fit: outlines from files have no decision to fit"
        raise PleuraError("usage", reason, "Name a model, or leave --cross-fit out.")


def _judge_model(
    source: Model | Blend, dataset: Dataset, films: NDArray[np.int64], search: Search | None, engine: EngineChoice
) -> Named:
    plan = None if search is None else search.plan(source, None)

    def judge(show: Show) -> Judgement:
        predictor = Predictor(source, engine)
        if plan is None:
            return judge_model(source, predictor, dataset, films, show, _watch)
        return judge_cross_fit(source, predictor, dataset, films, plan, show, _watch)

    return source.path.stem, judge


def _judges_of_outlines(outlines: Outlines, dataset: Dataset, films: NDArray[np.int64]) -> list[Named]:
    """Every folder is looked into before hours go into the first reader.

    Raises:
        DatasetError: one has no outlines, or not of all films.
    """
    rules = PredictionRules(outlines.missing, outlines.rle_size)

    def of(folder: Path) -> Named:
        check_predictions(folder, dataset, films, rules)
        return folder.resolve().name, lambda show: judge_predictions(folder, dataset, films, rules, show, _watch)

    return [of(folder) for folder in outlines.predictions]


def _folders(out: Path, names: Sequence[str], predictions: Sequence[Path]) -> list[Path]:
    """A folder for each reader: `out` of a single one, else one in it by a name that no other one has.

    Names differ whatever the case of letters means to the file system.

    Raises:
        PleuraError: outlines that are judged lie in one of them, and would be written over.
    """
    taken: dict[str, Path] = {}
    for name in names:
        number, free = 1, name
        while free.casefold() in taken:
            number += 1
            free = f"{name}-{number}"
        taken[free.casefold()] = out if len(names) == 1 else out / free
    given = {folder.resolve() for folder in predictions}
    for folder in (out, *taken.values()):
        if folder.resolve() in given:
            raise PleuraError("usage", f"{folder}: --out would write over the outlines", "Name another folder.")
    return list(taken.values())


def _assess(judgement: Judgement, dataset: Dataset, others: NDArray[np.int64], rounds: int) -> Assessment:
    beside = None
    if others.size < judgement.runs[0].films.size:
        left = [run.take(others) for run in judgement.runs]
        beside = (int(others.size), summarise(left, dataset, rounds, _BOOTSTRAP_SEED, _steps))
    summary = summarise(judgement.runs, dataset, rounds, _BOOTSTRAP_SEED, _steps)
    return Assessment(judgement, summary, beside, rounds, _BOOTSTRAP_SEED)


def _watch(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Reading films")


def _steps(draws: Iterable[NDArray[np.float64]], count: int) -> Iterable[NDArray[np.float64]]:
    return track(draws, "Drawing patients", count)
