"""`pleura compare`: which of several readers is better on the same films, by how much, and how sure that is."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from pleura.cli.comparison_display import show_comparison
from pleura.cli.console import need_extra, say, track
from pleura.cli.judged_films import JudgedFilms
from pleura.cli.tune import Search
from pleura.core.errors import PleuraError
from pleura.data import Dataset
from pleura.evidence.comparison.compare import compare as run
from pleura.evidence.comparison.disagreement import SHOWN, disagreement
from pleura.evidence.comparison.document import CSV, JSON, document, write_document
from pleura.evidence.comparison.page import PAGE, write_page
from pleura.evidence.crossfit_evaluation import judge_cross_fit
from pleura.evidence.evaluate import Judgement, judge_model
from pleura.evidence.figures.draws import ROUNDS
from pleura.evidence.films import SplitChoice
from pleura.evidence.predictions import Missing, PredictionRules, check_predictions, judge_predictions
from pleura.predict import Predictor
from pleura.predict.loading import load
from pleura.runtime import EngineChoice

_SEARCH = Search()


@Parameter(name="*")
@dataclass(frozen=True)
class Films:
    """Which films, and how outlines from files are read.

    Attributes:
        data: A folder that `pleura prepare` made.
        split: Which of its films; `test` where none is given.
        leave_out: Patients whose films are left out; may be repeated.
        missing: What a film without an outline in a folder means: an error, or an empty one.
        rle_size: Rows and columns of the square that run-length codes were drawn on, where it is not the film.
    """

    data: Path
    split: SplitChoice | None = None
    leave_out: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    missing: Missing = "error"
    rle_size: int | None = None

    def open(self) -> tuple[Dataset, NDArray[np.int64]]:
        """The data set and the positions of its films that readers are compared on."""
        dataset, films, kept = JudgedFilms(self.data, self.split, self.leave_out).open()
        return dataset, films[kept]

    @property
    def rules(self) -> PredictionRules:
        """How outlines are read."""
        return PredictionRules(self.missing, self.rle_size)


@Parameter(name="*")
@dataclass(frozen=True)
class Comparing:
    """How readers are compared and what is told.

    Attributes:
        baseline: The reader that the others are compared with, as it was named; the first where none is given.
        cross_fit: Fit each model's decision and calibration anew, on other patients' films than those they judge.
        rounds: Of the bootstrap, and as many permutations.
        draw_seed: Of both.
        shown: Films of each kind that are shown side by side.
        as_json: Print what compare.json holds instead of a table.
    """

    baseline: Path | None = None
    cross_fit: Annotated[bool, Parameter(negative="")] = False
    rounds: int = ROUNDS
    draw_seed: int = 0
    shown: int = SHOWN
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False


def compare(
    readers: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    films: Films,
    out: Annotated[Path, Parameter(help="Takes compare.html, compare.json and compare.csv.")],
    comparing: Comparing = Comparing(),
    search: Search = _SEARCH,
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
) -> None:
    """Compare READERS on the same films, figure by figure, each with the baseline.

    Every difference has a 95 % interval from a bootstrap that draws patients, p from a permutation test that swaps
    two readers patient by patient, and that p corrected for the number of tests by Holm.

    Parameters
    ----------
    readers
        Two or more of: a model file, a blend (TOML), a folder of outlines (predictions.csv or masks), a folder that
        `pleura evaluate` wrote.
    """
    need_extra("scipy", "evidence")
    baseline = _baseline(readers, out, comparing, search)
    dataset, positions = films.open()
    for path in filter(Path.is_dir, readers):
        check_predictions(path, dataset, positions, films.rules)
    plan_of = search if comparing.cross_fit else None
    judged = [_judge(path, dataset, positions, films.rules, plan_of, engine) for path in readers]
    comparison = run(judged, dataset, baseline, comparing.rounds, comparing.draw_seed, _watch_pairs)
    shown = disagreement(comparison.readers, dataset, comparing.shown, _watch_shown)
    write_document(comparison, dataset, out)
    write_page(comparison, shown, dataset, out)
    if comparing.as_json:
        print(json.dumps(document(comparison, dataset), indent=2, allow_nan=False))
    else:
        show_comparison(comparison)
    say(f"{out}: {PAGE}, {JSON} and {CSV} of {len(readers)} readers on {positions.size} films")


def _baseline(readers: Sequence[Path], out: Path, comparing: Comparing, search: Search) -> int:
    """Place of the baseline; refuses what makes no comparison or would be ignored.

    Raises:
        PleuraError: saying what.
    """
    if len(readers) < 2:
        raise PleuraError("usage", f"{len(readers)} reader is no comparison", "Name at least two.")
    if comparing.rounds < 1:
        raise PleuraError("usage", f"--rounds {comparing.rounds}: an interval needs draws", "Give at least 1.")
    if comparing.shown < 0:
        raise PleuraError("usage", f"--shown {comparing.shown} is no number of films", "Give 0 for none.")
    if search != _SEARCH and not comparing.cross_fit:
        reason = "how to look for a decision was said, but the models' own are compared"
        raise PleuraError("usage", reason, "Add --cross-fit, or leave the options of the search out.")
    if comparing.cross_fit and all(path.is_dir() for path in readers):
        reason = "--cross-fit: outlines from files have no decision to fit"
        raise PleuraError("usage", reason, "Name a model, or leave --cross-fit out.")
    if any(path.resolve() == out.resolve() for path in readers):
        raise PleuraError("usage", f"{out}: --out is one of the readers", "Name another folder with --out.")
    if comparing.baseline is None:
        return 0
    places = [place for place, path in enumerate(readers) if path.resolve() == comparing.baseline.resolve()]
    if not places:
        named = ", ".join(map(str, readers))
        raise PleuraError(
            "usage", f"--baseline {comparing.baseline} is none of the readers", f"Name one of: {named}."
        )
    return places[0]


def _judge(
    path: Path,
    dataset: Dataset,
    films: NDArray[np.int64],
    rules: PredictionRules,
    search: Search | None,
    engine: EngineChoice,
) -> Judgement:
    if path.is_dir():
        return judge_predictions(path, dataset, films, rules, watch=_watch)
    source = load(path)
    predictor = Predictor(source, engine)
    if search is None:
        return judge_model(source, predictor, dataset, films, watch=_watch)
    return judge_cross_fit(source, predictor, dataset, films, search.plan(source, None), watch=_watch)


def _watch(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Reading films")


def _watch_pairs(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Drawing patients")


def _watch_shown(items: Sequence[int]) -> Iterable[int]:
    return track(items, "Drawing films")
