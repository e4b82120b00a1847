"""The record of a run: results.csv, manifest.json and, if wanted, rle.csv."""

import csv
import io
import json
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pleura.core import rle
from pleura.core.calibration import Calibration
from pleura.core.caption import RESEARCH_USE
from pleura.core.errors import PleuraError
from pleura.core.files import write_text
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Finding, ModelIdentity, Side
from pleura.output.stems import printable
from pleura.output.write import check_formats

FORMAT = "pleura.run/2"
READ = "read"
RESULTS, MANIFEST, RLE = "results.csv", "manifest.json", "rle.csv"
_PACKAGES = ("pleura", "highdicom", "numpy", "onnxruntime", "opencv-python-headless", "openvino", "pillow", "pydicom")


@dataclass(frozen=True)
class Row:
    """One film's line in results.csv: a film that was refused has its code in `status` and no figures.

    `present` is `score` > `threshold`; `probability` is a probability where `calibrated`, else the score again.
    `area_cm2` is empty where the spacing is unknown, `sides` names those with a region, joined by "+", and
    `warnings` the codes, joined by a space. `stem` is that of the film's outputs.
    """

    file: str
    stem: str
    status: str
    present: bool | None = None
    score: float | None = None
    threshold: float | None = None
    probability: float | None = None
    calibrated: bool | None = None
    sides: str = ""
    regions: int | None = None
    area_px: int | None = None
    area_cm2: float | None = None
    height: int | None = None
    width: int | None = None
    view: str = ""
    warnings: str = ""
    sha256: str = ""
    message: str = ""


@dataclass(frozen=True)
class FilmRecord:
    """What a run remembers of a film once its arrays are gone: its row, its mask as run-length code, its seconds."""

    row: Row
    code: str | None = None
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RunSettings:
    """What a run was made with; `settings` holds whatever else the caller was asked for, as plain JSON values."""

    model: ModelIdentity
    input: InputSpec
    decision: DecisionSpec
    calibration: Calibration | None
    engine: str
    precision: str
    formats: tuple[str, ...]
    started: datetime
    seconds: float
    settings: dict[str, Any] = field(default_factory=dict)


def read_record(path: Path, stem: str, finding: Finding) -> FilmRecord:
    """Remember a film that was read."""
    row = Row(file=printable(str(path)), stem=stem, status=READ, **facts_of(finding))
    return FilmRecord(row, rle.encode(finding.mask), dict(finding.timings))


def facts_of(finding: Finding) -> dict[str, Any]:
    """What a row says of a film that was read, by the names of `Row`."""
    film, regions = finding.film, finding.regions
    areas = [region.area_cm2 for region in regions if region.area_cm2 is not None]
    return {
        "present": finding.present,
        "score": finding.score,
        "threshold": finding.threshold,
        "probability": finding.probability,
        "calibrated": finding.calibrated,
        "sides": "+".join(side.value for side in Side if any(region.side is side for region in regions)),
        "regions": len(regions),
        "area_px": sum(region.area_px for region in regions),
        "area_cm2": None if film.spacing is None else sum(areas),
        "height": film.shape[0],
        "width": film.shape[1],
        "view": film.view.value,
        "warnings": " ".join(note.code for note in finding.notes),
        "sha256": film.source.sha256,
    }


def refused_record(path: Path, stem: str, error: PleuraError) -> FilmRecord:
    """Remember a film that was refused: its code stands in `status`, the reason and the remedy in `message`."""
    message = printable(f"{error.message}. {error.remedy}")
    return FilmRecord(Row(printable(str(path)), stem, error.code, message=message))


def write_run(folder: Path, films: Sequence[FilmRecord], run: RunSettings) -> list[Path]:
    """Write what a whole run found: results.csv and manifest.json, and rle.csv if `run.formats` holds "rle".

    Raises:
        UnknownFormat: a format that does not exist.
        OSError: the folder cannot be written to.
    """
    check_formats(run.formats)
    texts = {RESULTS: results_csv(film.row for film in films), MANIFEST: manifest_json(films, run)}
    if "rle" in run.formats:
        texts[RLE] = rle_csv(films)
    for name, text in texts.items():
        write_text(folder / name, text)
    return [folder / name for name in texts]


def results_csv(rows: Iterable[Row]) -> str:
    """One line a film, refused ones too, under a header of `Row`'s names."""
    names = [column.name for column in fields(Row)]
    return _csv(names, ([_cell(getattr(row, name)) for name in names] for row in rows))


def rle_csv(films: Iterable[FilmRecord]) -> str:
    """The challenge's own form: `ImageId,EncodedPixels`, -1 where nothing was found, at each film's native size.

    `ImageId` is the film's stem. A film that was refused has no row: nothing is known of it, which -1 would deny.
    """
    read = ((film.row.stem, film.code) for film in films if film.code is not None)
    return _csv(["ImageId", "EncodedPixels"], read)


def manifest_json(films: Iterable[FilmRecord], run: RunSettings) -> str:
    """Versions, hashes, settings and timings of a run: what it takes to repeat it."""
    rows = [_film(film) for film in films]
    content = {
        "format": FORMAT,
        "notice": RESEARCH_USE,
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 3),
        "films": {"read": sum(row["status"] == READ for row in rows), "total": len(rows)},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "model": {"name": run.model.name, "version": run.model.version, "sha256": run.model.sha256},
        "input": run.input.model_dump(mode="json"),
        "decision": run.decision.model_dump(mode="json"),
        "calibration": None if run.calibration is None else run.calibration.model_dump(mode="json"),
        "engine": {"name": run.engine, "precision": run.precision},
        "formats": list(run.formats),
        "settings": run.settings,
        "results": rows,
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _film(film: FilmRecord) -> dict[str, Any]:
    row = film.row
    timings = {stage: round(seconds, 6) for stage, seconds in film.timings.items()}
    return {"file": row.file, "stem": row.stem, "status": row.status, "sha256": row.sha256, "timings": timings}


def _csv(header: list[str], rows: Iterable[Sequence[str | None]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
