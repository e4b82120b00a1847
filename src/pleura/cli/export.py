"""`pleura export`: write a checkpoint as a model file, parity checked."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pleura.cli.console import need_extra, say


def export(
    checkpoint: Path,
    /,
    *,
    data: Annotated[Path, Parameter(help="Films to check parity on: a folder that `pleura prepare` made.")],
    out: Annotated[Path, Parameter(help="The model file to write.")],
    name: str | None = None,
    version: str = "0.1.0",
) -> None:
    """Write CHECKPOINT, a best.pt of `pleura train`, as one ONNX file with its spec inside.

    Parameters
    ----------
    checkpoint
        A best.pt of `pleura train`.
    name
        The model's name; the file's stem where none is given.
    version
        The model's version.
    """
    need_extra("torch", "train")
    from pleura.data import load_dataset
    from pleura.train.export import export as run

    model, found = run(checkpoint, out, load_dataset(data), name=name or out.stem, version=version)
    for parity in found:
        agrees = f"mask Dice {parity.mean_dice:.5f}, score gap {parity.score_gap:.1e}"
        say(f"{parity.engine}: {agrees}, {parity.films} films")
    say(f"{out}: {model.spec.name} {model.spec.version}, {len(model.content) / 2**20:.1f} MiB")
