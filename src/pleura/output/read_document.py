"""A finding back from its JSON, with the arrays that this does not hold."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pleura.core.types import (
    Ends,
    Finding,
    Mask,
    Measure,
    ModelIdentity,
    Note,
    Pixels,
    Radiograph,
    Region,
    Side,
    View,
)
from pleura.output.document import FORMAT

READABLE = ("pleura.finding/2", FORMAT)
"""Formats of a document that can be read; one of `/2` tells no `ends`."""


def finding_of_document(document: Mapping[str, Any], film: Radiograph, mask: Mask, probabilities: Pixels) -> Finding:
    """The finding that a document tells of; it takes the view and the warnings of the film from the document.

    Args:
        document: as `document_of` gives it, or as that of an older pleura did.
        film: the film that it is about, read again.
        mask: (H, W) bool, the finding's own outline.
        probabilities: (H, W) float32 in [0, 1], the map it was cut from.

    Raises:
        ValueError: the document is of another format, or not about this film.
    """
    if document["format"] not in READABLE:
        raise ValueError(f"a finding of the format {document['format']!r} cannot be read, only {', '.join(READABLE)}")
    if document["source"]["sha256"] != film.source.sha256 or tuple(document["shape"]) != film.shape:
        raise ValueError("the finding is not about this film")
    return Finding(
        film=replace(film, view=View(document["view"])),
        present=document["present"],
        score=document["score"],
        threshold=document["threshold"],
        probability=document["probability"],
        calibrated=document["calibrated"],
        mask=mask,
        probabilities=probabilities,
        regions=tuple(_region(region) for region in document["regions"]),
        model=ModelIdentity(**document["model"]),
        measures=tuple(_measure(measure) for measure in document["measures"]),
        notes=tuple(Note(note["code"], note["text"]) for note in document["warnings"]),
    )


def _region(region: Mapping[str, Any]) -> Region:
    top, left, bottom, right = (int(region["box"][edge]) for edge in ("top", "left", "bottom", "right"))
    outline = tuple(np.array(border, dtype=np.int32) for border in region["outline"])
    return Region(Side(region["side"]), region["area_px"], region["area_cm2"], (top, left, bottom, right), outline)


def _measure(measure: Mapping[str, Any]) -> Measure:
    told = {key: measure[key] for key in ("name", "value", "unit", "validity", "reason", "source")}
    side = None if measure["side"] is None else Side(measure["side"])
    return Measure(**told, side=side, ends=_ends(measure.get("ends")))


def _ends(told: list[list[float]] | None) -> Ends | None:
    if told is None:
        return None
    (row, column), (other_row, other_column) = told
    return (row, column), (other_row, other_column)
