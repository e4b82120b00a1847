"""What a film's file says of itself, under pseudonyms."""

import math
from typing import Any

import cv2
import numpy as np

from pleura.core.preprocess import apply_voi, exposed
from pleura.core.types import Radiograph
from pleura.output.dicom.errors import NoDicomSource
from pleura.serve.pseudonym import pseudonym

LEVELS = 65535
"""The largest value of a film as a 16-bit picture."""
_SAMPLE_SIDE = 256
_SHOWN_PERCENTILES = (0.5, 99.5)


def film_facts(film: Radiograph, salt: bytes) -> dict[str, Any]:
    """Size, view, spacing, pseudonyms of study and patient, the day, and the grey values to show at first.

    Returns:
        `rows`, `columns`, `view`, `spacing_mm` (row, column; or None), `study` and `patient` (pseudonyms or None),
        `acquired` (YYYY-MM-DD or None) and `window` (centre and width in 16-bit grey values).
    """
    spacing = None if film.spacing is None else [film.spacing.row_mm, film.spacing.column_mm]
    return {
        "rows": film.shape[0],
        "columns": film.shape[1],
        "view": film.view.value,
        "spacing_mm": spacing,
        "window": list(first_window(film)),
        **_identity(film, salt),
    }


def first_window(film: Radiograph) -> tuple[float, float]:
    """Centre and width, in 16-bit grey values, that show the film much as its overlay does.

    The range is that between the two grey values at which the display curve of the header, stretched over the 0.5 and
    99.5 percentiles of the exposed field, leaves black and reaches white.
    """
    size = (min(film.shape[1], _SAMPLE_SIDE), min(film.shape[0], _SAMPLE_SIDE))
    sample = np.asarray(cv2.resize(film.pixels, size, interpolation=cv2.INTER_NEAREST), dtype=np.float32)
    curve = np.linspace(0, 1, LEVELS + 1, dtype=np.float32)
    if film.voi is not None:
        sample, curve = apply_voi(sample, film.voi), apply_voi(curve, film.voi)
    low, high = np.percentile(exposed(sample), _SHOWN_PERCENTILES)
    first = int(np.searchsorted(curve, low, side="right")) - 1
    last = int(np.searchsorted(curve, high, side="left"))
    first, last = max(first, 0), min(last, LEVELS)
    return (first + last) / 2, float(max(last - first, 1))


def _identity(film: Radiograph, salt: bytes) -> dict[str, str | None]:
    nobody: dict[str, str | None] = {"study": None, "patient": None, "acquired": None}
    if film.source.format != "dicom":
        return nobody
    # Imported where it is needed: pydicom alone costs half a second of a cold start.
    from pleura.output.dicom.source import read_source
    from pleura.output.dicom.values import NO_DATE

    try:
        source = read_source(film.source)
    except NoDicomSource:
        return nobody
    header = source.header
    # What DICOM results bear for want of a day is none to show a reader.
    date = "" if source.date == NO_DATE else source.date
    number = str(header.PatientID)
    study = "" if "StudyInstanceUID" in source.replaced else str(header.StudyInstanceUID)
    return {
        "study": pseudonym(salt, "study", study),
        # The issuer alone names nobody.
        "patient": pseudonym(salt, "patient", number, str(header.get("IssuerOfPatientID", ""))) if number else None,
        "acquired": f"{date[:4]}-{date[4:6]}-{date[6:8]}" if len(date) == 8 and date.isdigit() else None,
    }


def area_share(areas: list[int], shape: tuple[int, int]) -> float:
    """The share of a film that its outline takes, in [0, 1]."""
    return min(1.0, sum(areas) / math.prod(shape))
