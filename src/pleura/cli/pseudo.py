"""`pleura pseudo`: let a model or a blend say what others shall learn."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from pleura.cli.console import say, track
from pleura.data import load_dataset
from pleura.evidence.films import SplitChoice, films_of
from pleura.predict import Predictor
from pleura.predict.loading import load
from pleura.runtime import EngineChoice
from pleura.train.pseudo import Filter, Teacher
from pleura.train.pseudo import pseudo as run


def pseudo(
    model: Path,
    folder: Path,
    /,
    *,
    out: Annotated[Path, Parameter(help="Takes the soft targets; it must not exist yet.")],
    agreement: Annotated[float, Parameter(validator=validators.Number(gte=0, lte=1))] = 0.8,
    round: Annotated[int | None, Parameter(validator=validators.Number(gte=1))] = None,  # noqa: A002 - the option
    split: SplitChoice = "all",
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
) -> None:
    """Write what MODEL, a model file or a blend (TOML), says of the films in FOLDER as soft targets for training.

    A film is kept where the members of the blend (or a lone model's readings of the film as it is and mirrored)
    agree; no label in FOLDER is looked at. `pleura train --soft OUT` learns from what was kept.

    Parameters
    ----------
    model
        A model file, or a blend of several (TOML).
    folder
        A folder that `pleura prepare` made.
    agreement
        Least mean Dice between those asked; a film found empty must score as far under the threshold. 0 keeps all.
    round
        Insist that this is round N of teaching: the model learned the soft targets of round N - 1.
    split
        Which of the films.
    """
    source, dataset = load(model), load_dataset(folder)
    teacher = Teacher(source, Predictor(source, engine), round)
    soft = run(
        teacher,
        dataset,
        films_of(dataset, split),
        Filter(agreement),
        out,
        watch=lambda items: track(items, "Reading films"),
    )
    record = soft.record
    say(
        f"{out}: kept {record.kept} films, {record.kept_present} of them with a pneumothorax, and refused "
        f"{record.refused}; round {record.origin.round}"
    )
