"""Is this DICOM object a chest radiograph for presentation? What its tags say about that."""

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.uid import UID

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Note
from pleura.image.parse import Parsed
from pleura.image.tags import Tags

_IMAGE = "1.2.840.10008.5.1.4.1.1."
FILM_CLASSES = frozenset(
    {
        _IMAGE + "1",  # Computed Radiography
        _IMAGE + "1.1",  # Digital X-Ray, For Presentation
        _IMAGE + "7",  # Secondary Capture
        _IMAGE + "7.2",  # Multi-frame Grayscale Byte Secondary Capture, where it holds one frame
        _IMAGE + "7.3",  # Multi-frame Grayscale Word Secondary Capture
        _IMAGE + "7.4",  # Multi-frame True Color Secondary Capture
    }
)
_FOR_PROCESSING_CLASS = _IMAGE + "1.1.1"
_FILM_MODALITIES = frozenset({"CR", "DX", "RG", "DR"})
_UNDEFINED_LENGTH = 0xFFFFFFFF
_UNSAID = frozenset({"", "OT", "SC"})


def check_kind(parsed: Parsed, tags: Tags) -> tuple[Note, ...]:
    """Check that the object is a radiograph with pixels for presentation.

    Raises:
        UnreadableImage: `no_image`, `for_processing`, `modality`, `bits` or `pixel_length`.
    """
    sop_class = str(tags.raw("SOPClassUID") or "")
    _check_class(parsed, tags, sop_class)
    _check_pixels(parsed, tags)
    modality = tags.text("Modality")
    if modality not in _FILM_MODALITIES | _UNSAID:
        shown = modality if modality.isalnum() and len(modality) <= 4 else "unknown"
        raise _wrong_kind(tags.path, f"its modality is {shown}")
    if modality in _UNSAID or not sop_class:
        return (Note("modality_unknown", "The file does not say that it is a radiograph."),)
    return ()


def _check_class(parsed: Parsed, tags: Tags, sop_class: str) -> None:
    raw = tags.text("PresentationIntentType") == "FOR PROCESSING" or sop_class == _FOR_PROCESSING_CLASS
    if raw:
        reason = "it holds raw detector data (FOR PROCESSING)"
        raise UnreadableImage(tags.path, Refusal.FOR_PROCESSING, reason, "Give the FOR PRESENTATION image.")
    if sop_class and parsed.media_class and sop_class != parsed.media_class:
        raise _wrong_kind(tags.path, "its SOP class and the one of its file meta information disagree")
    if sop_class and sop_class not in FILM_CLASSES and parsed.pixels_begun:
        name = UID(sop_class).name
        # An unknown UID has itself for a name and may hold anything.
        raise _wrong_kind(tags.path, f"its SOP class is {'a foreign one' if name == sop_class else name}")


def _check_pixels(parsed: Parsed, tags: Tags) -> None:
    if "FloatPixelData" in tags.dataset or "DoubleFloatPixelData" in tags.dataset:
        raise UnreadableImage(tags.path, Refusal.BITS, "it holds float pixels", "Give the film as integers.")
    if "PixelData" in tags.dataset and not _breaks_off(tags.dataset):
        return
    if parsed.pixels_begun:
        reason = "its pixel data breaks off"
        raise UnreadableImage(tags.path, Refusal.PIXEL_LENGTH, reason, "Transfer the file again.")
    raise UnreadableImage(tags.path, Refusal.NO_IMAGE, "it holds no picture", "Give the film itself.")


def _breaks_off(dataset: Dataset) -> bool:
    """Whether the file ends before its pixel data does; what is there may be enough for a picture all the same."""
    element = dataset.get_item("PixelData", keep_deferred=True)
    if not isinstance(element, RawDataElement) or element.length == _UNDEFINED_LENGTH:
        return False
    return len(element.value or b"") < element.length


def _wrong_kind(path: str, reason: str) -> UnreadableImage:
    return UnreadableImage(path, Refusal.MODALITY, reason, "Give a frontal chest radiograph (CR or DX).")
