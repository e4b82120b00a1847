"""What a shared film keeps of its header: what it takes to read it, and no free text.

Each value is written anew from what it means, so that nothing else can stand in it. All that is not listed here is
left out, whatever PS3.15 Annex E says of it: private tags, overlays, comments, tags that no one knows.
"""

import re

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.valuerep import DSfloat

from pleura.core.errors import UnreadableImage
from pleura.image.layout import Layout
from pleura.image.lut import read_table
from pleura.image.stored import StoredFilm
from pleura.image.tags import Tags

NUMBERS = (
    *("PixelSpacing", "ImagerPixelSpacing", "RescaleSlope", "RescaleIntercept", "WindowCenter", "WindowWidth"),
    *("DistanceSourceToDetector", "DistanceSourceToPatient", "EstimatedRadiographicMagnificationFactor", "KVP"),
    "LossyImageCompressionRatio",
)
"""Decimal strings; a value that is no finite number is left out."""
_MOST_NUMBERS = 8

TERMS = {
    "Modality": "CR|DX|RG|DR|OT",
    "PresentationIntentType": "FOR PRESENTATION",
    "PresentationLUTShape": "IDENTITY|INVERSE",
    "ViewPosition": "PA|AP",
    "PatientOrientation": "[LRAPHF]{1,3}",
    "PatientPosition": "[HF]F(S|P|DR|DL)|ERECT|SUPINE|SITTING|STANDING",
    "Laterality": "[RLBU]",
    "ImageLaterality": "[RLBU]",
    "VOILUTFunction": "LINEAR|LINEAR_EXACT|SIGMOID",
    "RescaleType": "US|OD|HU",
    "PixelIntensityRelationship": "LIN|LOG|DISP",
    "BurnedInAnnotation": "YES|NO",
    "LossyImageCompression": "00|01",
    "ConversionType": "DV|DI|DF|WSD|SD|SI|DRW|SYN",
    "ImageType": "ORIGINAL|DERIVED|PRIMARY|SECONDARY",
}
"""The terms that a value may have, by PS3.3; one that is none of them is left out."""
TABLES = ("ModalityLUTSequence", "VOILUTSequence")


def keep(film: StoredFilm) -> Dataset:
    """A new header with what is kept of an old one; the pixels are not in it yet."""
    tags = film.tags
    kept = Dataset()
    for keyword in NUMBERS:
        _set(kept, keyword, _numbers(tags, keyword))
    for keyword, pattern in TERMS.items():
        _set(kept, keyword, _terms(tags, keyword, pattern))
    for keyword in TABLES:
        items = [_table(item) for item in tags.items(keyword) if read_table(item) is not None]
        _set(kept, keyword, Sequence(items) if items else None)
    if tags.text("BodyPartExamined"):
        # Another part of the body would have been refused.
        kept.BodyPartExamined = "CHEST"
    _keep_layout(kept, film.layout)
    if film.padding is not None:
        kept.add_new("PixelPaddingValue", "SS" if film.layout.signed else "US", film.padding)
    return kept


def _keep_layout(kept: Dataset, layout: Layout) -> None:
    kept.SamplesPerPixel = 1
    kept.PhotometricInterpretation = layout.photometric if layout.samples == 1 else "MONOCHROME2"
    kept.Rows, kept.Columns = layout.rows, layout.columns
    kept.BitsAllocated, kept.BitsStored, kept.HighBit = layout.allocated, layout.stored, layout.stored - 1
    kept.PixelRepresentation = int(layout.signed)


def _set(kept: Dataset, keyword: str, value: object) -> None:
    if value is not None:
        setattr(kept, keyword, value)


def _numbers(tags: Tags, keyword: str) -> list[DSfloat] | None:
    try:
        values = tags.numbers(keyword)[:_MOST_NUMBERS]
        # A spacing of 0 means none, and the standard forbids it.
        if keyword.endswith("Spacing") and min(values, default=0) <= 0:
            return None
        return [DSfloat(value, auto_format=True) for value in values] or None
    except (UnreadableImage, OverflowError, ValueError):
        return None


def _terms(tags: Tags, keyword: str, pattern: str) -> list[str] | None:
    found = [value for value in tags.texts(keyword) if re.fullmatch(pattern, value)]
    # Two axes and two halves of a type belong together.
    whole = keyword == "ImageType" or len(found) == len(tags.texts(keyword))
    return found[:2] if found and whole else None


def _table(item: Tags) -> Dataset:
    """One item of a LUT sequence, of which its explanation is left out."""
    table = Dataset()
    for keyword in ("LUTDescriptor", "LUTData"):
        element = item.dataset[keyword]
        table.add_new(element.tag, element.VR, element.value)
    return table
