"""Single header values, made fit to be written again: valid for their kind, or empty."""

import re
from datetime import datetime
from typing import Any

from pydicom.charset import python_encoding
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.valuerep import validate_value

DATED = (
    "AcquisitionDate",
    "AcquisitionTime",
    "ContentDate",
    "ContentTime",
    "SeriesDate",
    "SeriesTime",
    "StudyDate",
    "StudyTime",
    "InstanceCreationDate",
    "InstanceCreationTime",
)
"""Dates with their times, the nearest to the exposure first."""

NO_DATE = "19000101"
_UTF8 = "ISO_IR 192"
_OLD_DATE, _OLD_TIME = re.compile(r"\d{4}\.\d\d\.\d\d"), re.compile(r"\d\d:\d\d:\d\d(\.\d+)?")
_DATE = re.compile(r"[0-9]{8}")
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9]([0-5][0-9](\.[0-9]{1,6})?)?)?")
_ALLOWED = {
    "PatientSex": ("M", "F", "O"),
    "Laterality": ("R", "L"),
    "ImageLaterality": ("R", "L", "U", "B"),
}
_OFFSET = re.compile(r"[+-][01][0-9][0-5][0-9]")


def clean_value(dataset: Dataset, keyword: str) -> str:
    """One value as text that may be written under the same tag, empty where it is missing or not valid (PS3.5 6.2).

    Dates and times of ACR-NEMA (1993.02.24, 17:58:00) lose their dots and colons. A value that is too long is left
    out whole, for half an accession number is another one.
    """
    value = raw_value(dataset, keyword)
    if value is None or isinstance(value, MultiValue):
        return ""
    text, kind = str(value).strip(" \0"), dictionary_VR(keyword)
    if kind == "DA":
        text = text.replace(".", "") if _OLD_DATE.fullmatch(text) else text
        return text if _is_day(text) else ""
    if kind == "TM":
        text = text.replace(":", "") if _OLD_TIME.fullmatch(text) else text
        return text if _TIME.fullmatch(text) else ""
    if keyword == "TimezoneOffsetFromUTC":
        return text if _OFFSET.fullmatch(text) else ""
    if text not in _ALLOWED.get(keyword, (text,)):
        return ""
    try:
        validate_value(kind, text, RAISE)
    except ValueError:
        return ""
    return text


def when(dataset: Dataset) -> tuple[str, str]:
    """Day and second of the film, YYYYMMDD and HHMMSS: those of its exposure, or the nearest that the header tells.

    A result takes its dates from its film, so that a second run writes the same bytes; where the header tells no
    day it is 19000101 and where it tells no time of that day 000000.
    """
    for day, second in zip(DATED[::2], DATED[1::2], strict=True):
        if date := clean_value(dataset, day):
            return date, clean_value(dataset, second)[:6].ljust(6, "0")
    return NO_DATE, "000000"


def character_set(dataset: Dataset) -> tuple[str, ...]:
    """SpecificCharacterSet to write with: the film's own, or UTF-8 where Python knows not how to write that one."""
    value = raw_value(dataset, "SpecificCharacterSet")
    if value is None or value == "":
        return ()
    names = tuple(str(name) for name in value) if isinstance(value, MultiValue) else (str(value),)
    return names if all(name in python_encoding for name in names) else (_UTF8,)


def raw_value(dataset: Dataset, keyword: str) -> Any:  # noqa: ANN401 - pydicom's own type
    """A value as pydicom gives it, None where it cannot convert it."""
    try:
        return dataset.get(keyword)
    except (ValueError, TypeError, AttributeError, LookupError, NotImplementedError, OverflowError):
        return None


def _is_day(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(datetime.strptime(text, "%Y%m%d"))
    except ValueError:
        return False
