"""A finding as JSON: what another program reads."""

import json
from typing import Any

from pleura.core.caption import RESEARCH_USE
from pleura.core.types import Finding, Measure, Note, Region, Spacing
from pleura.output.stems import printable

FORMAT = "pleura.finding/3"


def finding_json(finding: Finding) -> bytes:
    """Write a finding as JSON, one line a top-level key, the same bytes for the same film and model.

    Keys, in this order:
        format: "pleura.finding/3".
        present: is there a pneumothorax? `score` > `threshold`.
        score, threshold: the image-level score in [0, 1] and what it must exceed.
        probability, calibrated: that a pneumothorax is there, in [0, 1], where `calibrated`; else the score again.
        regions: connected parts of the mask, largest first: `side` ("right" or "left", the patient's, or
            "uncertain"), `area_px`, `area_cm2` (null without spacing), `box` (top, left, bottom, right; the last two
            exclusive) and `outline` (closed polygons of [row, column] pixel centres, the outer border first and then
            the holes).
        measures: what can be said of the size and what cannot: `name`, `side` (null for the whole film), `value` (a
            number, true or false, "large" or "small"; null where not assessed), `unit`, `validity` ("valid" or
            "not_assessed"), `reason` (why not, or what limits the value), `source` of its definition and `ends` (of a
            distance its two [row, column] points, at the chest wall or the cupola and at the lung; else null).
        shape: rows and columns of the film; every coordinate here is in its pixels.
        spacing: `row_mm` down a column, `column_mm` along a row, `origin`; null where unknown or implausible.
        view: "PA", "AP" or "unknown".
        model: `name`, `version` and `sha256` of the model file.
        source: `name` without its folder and `sha256` of the film's file.
        warnings: `code` and `text` of each.
        notice: research use.

    Timings stand in the run's manifest, so that a second run gives the same bytes here.
    """
    pairs = (f"  {json.dumps(key)}: {_compact(value)}" for key, value in document_of(finding).items())
    return ("{\n" + ",\n".join(pairs) + "\n}\n").encode("utf-8")


def document_of(finding: Finding) -> dict[str, Any]:
    """The same as plain values, for `--json` and for a service."""
    film, model = finding.film, finding.model
    return {
        "format": FORMAT,
        "present": finding.present,
        "score": finding.score,
        "threshold": finding.threshold,
        "probability": finding.probability,
        "calibrated": finding.calibrated,
        "regions": [_region(region) for region in finding.regions],
        "measures": [_measure(measure) for measure in finding.measures],
        "shape": list(film.shape),
        "spacing": _spacing(film.spacing),
        "view": film.view.value,
        "model": {"name": model.name, "version": model.version, "sha256": model.sha256},
        "source": {"name": printable(film.source.name), "sha256": film.source.sha256},
        "warnings": [_note(note) for note in finding.notes],
        "notice": RESEARCH_USE,
    }


def _region(region: Region) -> dict[str, Any]:
    return {
        "side": region.side.value,
        "area_px": region.area_px,
        "area_cm2": region.area_cm2,
        "box": dict(zip(("top", "left", "bottom", "right"), region.box, strict=True)),
        "outline": [border.tolist() for border in region.outline],
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "name": measure.name,
        "side": None if measure.side is None else measure.side.value,
        "value": measure.value,
        "unit": measure.unit,
        "validity": measure.validity,
        "reason": measure.reason,
        "source": measure.source,
        "ends": None if measure.ends is None else [list(point) for point in measure.ends],
    }


def _spacing(spacing: Spacing | None) -> dict[str, Any] | None:
    if spacing is None:
        return None
    return {"row_mm": spacing.row_mm, "column_mm": spacing.column_mm, "origin": spacing.origin}


def _note(note: Note) -> dict[str, str]:
    return {"code": note.code, "text": printable(note.text)}


def _compact(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
