"""What measures need of the header: age, posture, the side shown and which way the picture lies; no identity."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from pleura.core.errors import UnreadableImage
from pleura.core.types import Hanging, PatientFacts, Posture, Side
from pleura.image.tags import Tags

_T = TypeVar("_T")

_AGE = re.compile(r"(\d{1,3})([DWMY])")
_A_YEAR = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
_OLDEST = 130.0
_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_SIDES = {"R": Side.RIGHT, "L": Side.LEFT}
# PS3.16 CID 19 and 20 (SNOMED CT, and the SNOMED RT codes of older files): standing, sitting, erect.
_ERECT_CODES = frozenset({"10904000", "F-10320", "33586001", "F-103A0", "C86043"})
# Recumbent, semi-erect, supine, prone, semi-prone, the lateral decubitus positions, both kinds of Trendelenburg.
_RECLINED_CODES = frozenset(
    {
        *("102538003", "F-10450", "102539006", "F-10460", "40199007", "F-10340", "1240000", "F-10310"),
        *("34026001", "F-10316", "32185000", "F-10318", "102535000", "F-10317", "102536004", "F-10319"),
        *("34106002", "F-10348", "26527006"),
    }
)
_ERECT_WORDS = frozenset({"ERECT", "UPRIGHT", "STANDING", "SITTING"})
_RECLINED_WORDS = frozenset({"SUPINE", "PRONE", "RECUMBENT", "DECUBITUS", "SEMIERECT", "SEMI"})
# PS3.3 C.7.3.1.1.2: head or feet first and then supine, prone or decubitus.
_RECLINED_POSITION = re.compile(r"[HF]F(S|P|DR|DL)")


def read_patient(tags: Tags) -> PatientFacts:
    """Read what is known; what is missing, broken or makes no sense counts as unknown.

    No film is refused for it: without these facts less is said of a finding's size, and the finding says so.
    """
    return PatientFacts(
        _told(_age, tags, None), _told(_posture, tags, Posture.UNKNOWN), _told(_laterality, tags, None)
    )


def read_hanging(tags: Tags) -> Hanging:
    """Which way the rows run, by PatientOrientation (PS3.3 C.7.6.1.1.1): toward the patient's left as usual.

    Raises:
        UnreadableImage: `malformed`, if pydicom cannot convert the value.
    """
    axes = tags.texts("PatientOrientation")
    if len(axes) != 2 or not all(axes):
        return Hanging.UNKNOWN
    return {"L": Hanging.USUAL, "R": Hanging.REVERSED}.get(axes[0][0], Hanging.SIDEWAYS)


def _told(read: Callable[[Tags], _T], tags: Tags, unknown: _T) -> _T:
    try:
        return read(tags)
    except UnreadableImage:
        return unknown


def _age(tags: Tags) -> float | None:
    """Years by PatientAge (PS3.5: nnnD, nnnW, nnnM or nnnY), else whole ones from the birth to the film."""
    told = _AGE.fullmatch(tags.text("PatientAge"))
    if told is not None:
        years = int(told[1]) / _A_YEAR[told[2]]
        return years if years <= _OLDEST else None
    born = _date(tags.text("PatientBirthDate"))
    dates = (_date(tags.text(keyword)) for keyword in ("AcquisitionDate", "ContentDate", "StudyDate"))
    taken = next((found for found in dates if found is not None), None)
    if born is None or taken is None:
        return None
    years = taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))
    return float(years) if 0 <= years <= _OLDEST else None


def _posture(tags: Tags) -> Posture:
    """By the codes of the patient's orientation, else by PatientPosition and the words beside the view."""
    sequences = [*tags.items("PatientOrientationCodeSequence")]
    sequences += [inner for item in sequences for inner in item.items("PatientOrientationModifierCodeSequence")]
    sequences += tags.items("PatientOrientationModifierCodeSequence")
    codes = {item.text("CodeValue") for item in sequences}
    words = set(re.split(r"[^A-Z]+", f"{tags.text('PatientPosition')} {tags.text('ViewPosition')}"))
    if codes & _RECLINED_CODES or words & _RECLINED_WORDS or any(map(_RECLINED_POSITION.fullmatch, words)):
        return Posture.RECLINED
    return Posture.ERECT if codes & _ERECT_CODES or words & _ERECT_WORDS else Posture.UNKNOWN


def _laterality(tags: Tags) -> Side | None:
    """ImageLaterality, else Laterality (PS3.3 C.8.11.1, C.7.3.1); B, U and an empty value name no one side."""
    return _SIDES.get(tags.text("ImageLaterality") or tags.text("Laterality"))


def _date(text: str) -> date | None:
    parts = _DATE.fullmatch(text)
    try:
        return None if parts is None else date(*(int(part) for part in parts.groups()))
    except ValueError:
        return None
