"""Write a data set's folder: whole, or not at all."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.core.files import sync_folder
from pleura.data.record import IMAGES, MASKS

_CHUNK = 256
_REMEDY = "Name a folder that does not exist yet."


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Fill a temporary neighbour of `out`; it takes the name only when the block ends well.

    Raises:
        DatasetError: `out` exists already, or its parent cannot be written.
    """
    if out.exists():
        raise DatasetError(out, "exists already", _REMEDY)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name[:80]}.", suffix=".part", dir=out.parent))
    except OSError as error:
        raise DatasetError(out, f"cannot be made: {error.strerror}", "Check the folder above it.") from error
    try:
        yield temporary
        temporary.chmod(0o755)
        temporary.rename(out)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    sync_folder(out.parent)


@dataclass
class PixelWriter:
    """Films and masks on their way to disk, appended one by one, so that memory holds a single film.

    Which of them stay is known only once all were read; `finish` then writes the arrays.
    """

    folder: Path
    side: int
    _images: BinaryIO = field(init=False)
    _masks: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        self._images = _scratch(self.folder, IMAGES).open("wb")
        self._masks = _scratch(self.folder, MASKS).open("wb")

    def append(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> None:
        """Add one film, (side, side), and its packed mask, (side, side // 8)."""
        self._images.write(image.tobytes())
        self._masks.write(mask.tobytes())

    def close(self) -> None:
        """Close both scratch files; a second time does nothing."""
        self._images.close()
        self._masks.close()

    def finish(self, kept: Sequence[int]) -> None:
        """Write the rows `kept` as `.npy` files and remove the scratch."""
        self.close()
        _keep(self.folder, IMAGES, (self.side, self.side), kept)
        _keep(self.folder, MASKS, (self.side, self.side // 8), kept)


def _scratch(folder: Path, name: str) -> Path:
    return folder / f"{name}.part"


def _keep(folder: Path, name: str, shape: tuple[int, int], kept: Sequence[int]) -> None:
    scratch = _scratch(folder, name)
    rows = np.memmap(scratch, dtype=np.uint8, mode="r").reshape(-1, *shape)
    whole = np.lib.format.open_memmap(folder / name, mode="w+", dtype=np.uint8, shape=(len(kept), *shape))
    for start in range(0, len(kept), _CHUNK):
        part = list(kept[start : start + _CHUNK])
        whole[start : start + len(part)] = rows[part]
    whole.flush()
    scratch.unlink()
