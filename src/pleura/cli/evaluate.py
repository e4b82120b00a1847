"""`pleura evaluate`: judge a model on labelled films."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pleura.cli.console import say, track
from pleura.cli.judged_films import JudgedFilms
from pleura.evidence.evaluate import evaluate as run
from pleura.evidence.evaluation_report import Gallery, Subject, warnings_of, write_evaluation
from pleura.predict import Predictor
from pleura.predict.loading import load
from pleura.runtime import EngineChoice


def evaluate(
    model: Path,
    /,
    *,
    films: JudgedFilms,
    out: Annotated[Path, Parameter(help="Takes metrics.json, films.csv and the pictures.")],
    seed: int = 42,
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
) -> None:
    """Judge MODEL, a model file or a blend (TOML), at native size with the decision it holds.

    Parameters
    ----------
    model
        A model file, or a blend of several (TOML).
    seed
        Of the draw of the six films that are shown.
    """
    source = load(model)
    dataset, positions, others = films.open()
    for warning in warnings_of(source, dataset):
        say(f"Warning: {warning}")
    subject = Subject(source, Predictor(source, engine), dataset)
    gallery = Gallery(subject, positions, out, seed)
    evaluation = run(
        subject.predictor, dataset, positions, gallery.show, watch=lambda items: track(items, "Reading films")
    )
    write_evaluation(evaluation, others, subject, out)
    beside = evaluation.take(others).figures()
    for name, value in evaluation.figures().items():
        second = f"  (without those left out {beside[name]:.4f})" if others.size < positions.size else ""
        print(f"{name}: {value:.4f}{second}")
    say(f"{out}: metrics.json, films.csv and pictures of {positions.size} films")
