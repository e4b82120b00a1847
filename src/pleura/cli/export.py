"""`pleura export`: write a run as a model file or blend, parity checked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from pleura.cli.console import need_extra, say
from pleura.core.errors import TrainingError
from pleura.predict.loading import BLEND_SUFFIX

if TYPE_CHECKING:
    from pleura.runtime import Model
    from pleura.train.export import Parity


def export(
    run: Path,
    /,
    *,
    data: Annotated[Path, Parameter(help="Films to check parity on: a folder that `pleura prepare` made.")],
    out: Annotated[Path, Parameter(help="The model file to write, or the blend (TOML) where there are several.")],
    name: str | None = None,
    version: str = "0.1.0",
    lungs: Path | None = None,
    half: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write RUN, a folder of `pleura train` or one best.pt of it, as ONNX with its spec inside.

    Of several parts, folds or kept checkpoints each becomes a model in a folder beside --out, which is then a blend
    (TOML) with the decision of the whole.

    Parameters
    ----------
    run
        The folder of a run of `pleura train`, or one checkpoint of it.
    name
        The model's name; the file's stem where none is given.
    version
        The model's version.
    lungs
        A model file that finds the lungs, for a recipe that crops to them; the one that ships where none is named. It
        becomes part of the blend.
    half
        Store the weights in half precision: a file of half the size, checked for parity all the same.
    """
    need_extra("torch", "train")
    from pleura.data import load_dataset
    from pleura.train.export import export as one
    from pleura.train.export_system import Plan, export_system

    films, called = load_dataset(data), name or out.stem
    if run.is_dir():
        for source, model, found in export_system(run, Plan(out, called, version, lungs, half), films):
            _tell(source.stem, model, found)
        if out.suffix == BLEND_SUFFIX:
            say(f"{out}: {called} {version}, the blend of these")
        return
    if lungs is not None:
        raise TrainingError("--lungs goes with a whole run", "Name the run's folder instead of a checkpoint.")
    model, found = one(run, out, films, name=called, version=version, half=half)
    _tell(model.spec.name, model, found)


def _tell(title: str, model: "Model", found: list["Parity"]) -> None:
    for parity in found:
        agrees = f"mask Dice {parity.mean_dice:.5f}, score gap {parity.score_gap:.1e}"
        say(f"{title}, {parity.engine}: {agrees}, {parity.films} films")
    say(f"{model.path}: {model.spec.name} {model.spec.version}, {len(model.content) / 2**20:.1f} MiB")
