"""How the film is shown: the tags of its modality and VOI transformation, and those of its polarity."""

import math
from typing import Any

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from pleura.output.dicom.values import raw_value

LOOKS = (
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PresentationLUTShape",
    "BitsStored",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "ModalityLUTSequence",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
)
_WINDOW = ("WindowCenter", "WindowWidth", "VOILUTFunction")
_LEAST_WIDTHS = {"LINEAR": 1.0, "LINEAR_EXACT": math.ulp(0.0), "SIGMOID": math.ulp(0.0)}
"""PS3.3 C.11.2.1.2 and C.11.2.1.3: at least 1, else above 0."""


def looks_of(dataset: Dataset) -> Dataset:
    """The tags of a film's display as they stand, without windows that no viewer could use.

    What is left out is what the film itself is read without: windows of no width, centres without widths, an unknown
    function. A slope without an intercept gets the intercept 0, and the other way round a slope of 1.
    """
    looks = Dataset()
    for keyword in LOOKS:
        if raw_value(dataset, keyword) not in (None, ""):
            looks[keyword] = dataset[keyword]
    windows = _windows(looks)
    for keyword in _WINDOW[:2] if windows else _WINDOW:
        looks.pop(keyword, None)
    if windows:
        looks.WindowCenter, looks.WindowWidth = ([pair[index] for pair in windows] for index in (0, 1))
    if "RescaleSlope" in looks or "RescaleIntercept" in looks:
        looks.RescaleSlope = looks.get("RescaleSlope", 1)
        looks.RescaleIntercept = looks.get("RescaleIntercept", 0)
    return looks


def _windows(looks: Dataset) -> list[tuple[Any, Any]]:
    """Pairs of centre and width, those that can be used."""
    centres, widths = (_listed(looks.get(keyword)) for keyword in _WINDOW[:2])
    least = _LEAST_WIDTHS.get(str(looks.get("VOILUTFunction", "LINEAR")))
    if least is None or len(centres) != len(widths):
        return []
    pairs = zip(centres, widths, strict=True)
    return [pair for pair in pairs if all(map(math.isfinite, pair)) and pair[1] >= least]


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - pydicom's own type
    """Numbers of a value; not a number where it holds anything else."""
    several = list(value) if isinstance(value, MultiValue) else [value]
    return [each if isinstance(each, int | float) else math.nan for each in several]
