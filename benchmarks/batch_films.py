"""Tables of films for batches of any length: a few files, each named often under names of its own."""

import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from bench_films import LABELLED, bench_films

from pleura.batch.inputs import open_source
from pleura.batch.job import Job, Reading
from pleura.batch.plan import plan

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from films import write_square
from models import make_model

_FILMS = 40
_SMALL = (64, 64)


def real_films(folder: Path) -> list[Path]:
    """Forty real films of 1024 x 1024, PNG and DICOM; without ../shared/data two that are made from RG1."""
    if LABELLED.is_dir():
        return sorted((LABELLED / "images").iterdir())[:_FILMS]
    return [path for name, path in bench_films(folder).items() if name.startswith("1024")]


def drawn_films(folder: Path) -> list[Path]:
    """Ten drawn pictures of 64 x 64, which cost next to nothing to decode."""
    return [write_square(folder / f"drawn-{number}.png", _SMALL, (16, 4 + number), 24) for number in range(10)]


def tiny_model(folder: Path) -> Path:
    """A real network of one convolution, which costs next to nothing to run."""
    return make_model(folder / "tiny.onnx").path


def write_table(path: Path, films: list[Path], count: int) -> Path:
    """A table that names so many films."""
    names = [str(film.absolute()) for film in islice(cycle(films), count)]
    ids = [f"{number:08d}{Path(name).suffix}" for number, name in enumerate(names)]
    pq.write_table(pa.table({"film": names, "id": ids}), path)
    return path


def job_of(folder: Path, films: list[Path], count: int, reading: Reading, size: int | None = None) -> Job:
    """So many films to read into a new folder."""
    out = Path(tempfile.mkdtemp(dir=folder))
    source = open_source(str(write_table(out / "films.parquet", films, count)))
    return plan(source, str(out / "out"), reading, size)
