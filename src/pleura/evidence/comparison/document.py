"""A comparison as compare.json and compare.csv."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pleura
from pleura.core.files import write_bytes, write_text
from pleura.data import Dataset
from pleura.data.tables import table_bytes
from pleura.evidence.comparison.compare import Comparison, Contrast
from pleura.evidence.comparison.words import how_tested, verdict_text
from pleura.evidence.evaluate import Judgement
from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.figures.table import FIGURES

JSON, CSV = "compare.json", "compare.csv"
_COLUMNS = (
    "figure",
    "better",
    "unit",
    "baseline",
    "reader",
    "baseline_value",
    "reader_value",
    "difference",
    "low",
    "high",
    "p",
    "p_holm",
    "cases",
    "patients",
    "few",
    "seen",
    "verdict",
)
_EMPTY = "siim_dice_all_empty"


def document(comparison: Comparison, dataset: Dataset) -> dict[str, Any]:
    """Everything that the comparison found, as JSON holds it: null where a number is undefined."""
    films = comparison.readers[0].runs[0].films
    cases = [dataset.cases[int(index)] for index in films]
    return {
        "format": "pleura.compare/1",
        "code_version": pleura.__version__,
        "data": {
            "name": dataset.record.name,
            "sha256": dataset.record.sha256,
            "films": len(cases),
            "patients": len({case.patient for case in cases}),
            "positives": sum(case.present for case in cases),
        },
        "warnings": list(comparison.warnings),
        "baseline": comparison.titles[comparison.baseline],
        "readers": [
            _reader(reader, figures) for reader, figures in zip(comparison.readers, comparison.figures, strict=True)
        ],
        "differences": [
            {"reader": comparison.titles[place], "figures": {row.figure: _contrast(row) for row in rows}}
            for place, rows in comparison.contrasts.items()
        ],
        "tests": comparison.tests,
        "rounds": comparison.rounds,
        "seed": comparison.seed,
        "notes": [how_tested(comparison.tests, comparison.rounds)],
    }


def write_document(comparison: Comparison, dataset: Dataset, folder: Path) -> None:
    """Write compare.json and compare.csv; the folder is made if it is not there."""
    text = json.dumps(document(comparison, dataset), indent=2, allow_nan=False, ensure_ascii=False)
    write_text(folder / JSON, f"{text}\n")
    rows = [
        line
        for place, contrasts in comparison.contrasts.items()
        for row in contrasts
        for line in _rows(comparison, place, row)
    ]
    write_bytes(folder / CSV, table_bytes(_COLUMNS, rows))


def _reader(reader: Judgement, figures: Mapping[str, Estimate]) -> dict[str, Any]:
    return {
        "title": reader.title,
        "kind": reader.kind,
        "runs": len(reader.runs),
        "sha256": None if reader.model is None else reader.model.sha256,
        "facts": dict(reader.words),
        "seen": reader.seen,
        "warnings": list(reader.warnings),
        "notes": list(reader.notes),
        "figures": {name: _estimate(figures[name]) for name in FIGURES},
    }


def _estimate(found: Estimate) -> dict[str, Any]:
    ends = {"value": _known(found.value), "low": _known(found.low), "high": _known(found.high)}
    return {**ends, "cases": found.cases, "patients": found.patients, "few": found.few}


def _contrast(row: Contrast) -> dict[str, Any]:
    found = row.difference
    return {
        "value": _known(found.value),
        "low": _known(found.low),
        "high": _known(found.high),
        "p": _known(found.p),
        "p_holm": _known(row.corrected),
        "cases": found.cases,
        "patients": found.patients,
        "few": found.few,
        "better": FIGURES[row.figure].better,
        "verdict": verdict_text(row),
    }


def _rows(comparison: Comparison, place: int, row: Contrast) -> Iterator[tuple[str, ...]]:
    """A line of compare.csv; after the SIIM Dice what a reader that finds nothing has, which it is read beside."""
    found, title = row.difference, comparison.titles
    seen = str(int(any(comparison.readers[which].seen for which in (place, comparison.baseline))))
    numbers = (*_both(comparison, place, row.figure), found.value, found.low, found.high, found.p, row.corrected)
    head = (title[comparison.baseline], title[place])
    basis = (str(found.cases), "" if found.patients is None else str(found.patients), str(int(found.few)), seen)
    yield (*_what(row.figure), *head, *map(_number, numbers), *basis, verdict_text(row))
    if row.figure == "siim_dice":
        yield (*_what(_EMPTY), *head, *map(_number, _both(comparison, place, _EMPTY)), *[""] * 5, *basis, "")


def _what(figure: str) -> tuple[str, str, str]:
    return figure, FIGURES[figure].better, FIGURES[figure].unit


def _both(comparison: Comparison, place: int, figure: str) -> tuple[float, float]:
    return comparison.figures[comparison.baseline][figure].value, comparison.figures[place][figure].value


def _number(number: float) -> str:
    return "" if math.isnan(number) else f"{number:.6f}"


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
