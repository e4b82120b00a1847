"""Coded terms of the results: SNOMED CT, DICOM's own, units of UCUM, and a few of pleura where there is none."""

from dataclasses import dataclass

from pydicom.sr.coding import Code

from pleura.core.types import Side

OWN = "99PLEURA"
"""Scheme of codes that no standard has; a name that begins with 99 is private (PS3.16 section 8.2)."""


def _sct(value: str, meaning: str) -> Code:
    return Code(value, "SCT", meaning)


def _dcm(value: str, meaning: str) -> Code:
    return Code(value, "DCM", meaning)


def _own(value: str, meaning: str) -> Code:
    return Code(value, OWN, meaning)


PNEUMOTHORAX = _sct("36118008", "Pneumothorax")
ABNORMAL_STRUCTURE = _sct("49755003", "Morphologically Abnormal Structure")
LUNG = _sct("39607008", "Lung")
SIDES = {Side.RIGHT: _sct("24028007", "Right"), Side.LEFT: _sct("7771000", "Left")}
"""Laterality of a side; a side that is not here has none."""

PLAIN_FILM, IMAGING = _sct("399208008", "Plain chest X-ray"), _sct("363679005", "Imaging")
REPORT = _dcm("126000", "Imaging Measurement Report")
ENGLISH = Code("en", "RFC5646", "English")
AI = _dcm("123110", "Artificial Intelligence")

PRESENT, ABSENT = _sct("52101004", "Present"), _sct("272519000", "Absent")
SUMMARY = _dcm("111064", "Summary of Detections")
SUCCEEDED, NOT_ATTEMPTED = _dcm("111222", "Succeeded"), _dcm("111225", "Not Attempted")
COMMENT = _dcm("121106", "Comment")

_CM2 = Code("cm2", "UCUM", "square centimeter")
_CM = Code("cm", "UCUM", "centimeter")
_PERCENT = Code("%", "UCUM", "percent")
_ONE = Code("1", "UCUM", "no units")


@dataclass(frozen=True)
class Measured:
    """A number as a report names it: what it is, its unit, and what a value is multiplied by to be in that unit."""

    name: Code
    unit: Code
    factor: float = 1.0


CERTAINTY = Measured(_dcm("111012", "Certainty of Finding"), _PERCENT, 100.0)
"""A calibrated probability."""
SCORE = Measured(_own("score", "Presence score"), _ONE)
THRESHOLD = Measured(_own("threshold", "Threshold of the presence score"), _ONE)
AREA = Measured(_sct("42798000", "Area"), _CM2)

VERDICT = _own("verdict", "Verdict of the reader")
VERDICTS = {
    "accepted": _own("accepted", "Accepted"),
    "edited": _own("edited", "Corrected"),
    "rejected": _own("rejected", "Rejected"),
}
"""What a reader says of a finding; DICOM has no terms for it."""

MEASURES: dict[str, Measured | Code] = {
    "area": AREA,
    "area_of_side": AREA,
    "regions": Measured(_own("regions", "Number of regions"), _ONE),
    "bilateral": _sct("51440002", "Bilateral"),
    "tension": _sct("233645004", "Tension pneumothorax"),
    "effusion": _sct("60046008", "Pleural effusion"),
    "drain": _dcm("112173", "Chest tube"),
    "hemithorax_percent": Measured(_own("hemithorax_percent", "Share of the hemithorax"), _PERCENT),
    "interpleural_hilum": Measured(_own("interpleural_hilum", "Interpleural distance at the hilum"), _CM),
    "interpleural_lateral": Measured(_own("interpleural_lateral", "Greatest lateral interpleural distance"), _CM),
    "apex_to_cupola": Measured(_own("apex_to_cupola", "Distance from apex to cupola"), _CM),
    "collins": Measured(_own("collins", "Size by Collins 1995"), _PERCENT),
    "light": Measured(_own("light", "Size by Light"), _PERCENT),
    "bts_2010": _own("bts_2010", "Size class by BTS 2010"),
    "bts_2023": _own("bts_2023", "Size class by BTS 2023"),
    "accp_2001": _own("accp_2001", "Size class by ACCP 2001"),
}
"""Code of every measure of `Finding.measures`: a number with its unit, or what is evaluated. A new one is a row."""

VALUES: dict[object, Code] = {
    True: PRESENT,
    False: ABSENT,
    "large": _sct("255509001", "Large"),
    "small": _sct("255507004", "Small"),
}
"""Code of every value that is no number."""
