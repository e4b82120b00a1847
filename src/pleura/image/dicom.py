"""One DICOM file to one film. The order matters: nothing is decoded before the header has passed."""

from pleura.core.types import Radiograph, Source
from pleura.image.apart import prepare
from pleura.image.decode import decode
from pleura.image.grey import read_greyscale, to_grey
from pleura.image.kind import check_kind
from pleura.image.layout import read_layout
from pleura.image.limits import check_exposed
from pleura.image.parse import parse, quiet_pydicom
from pleura.image.patient import read_hanging, read_patient
from pleura.image.scale import one_channel
from pleura.image.spacing import read_spacing
from pleura.image.tags import Tags
from pleura.image.view import read_view
from pleura.image.voi import read_voi

_META_BYTES = 1024
"""Where the file meta information is looked into before it is parsed."""
_COMPRESSED = (b"1.2.840.10008.1.2.4.", b"1.2.840.10008.1.2.5")


def read_dicom(content: bytes, source: Source) -> Radiograph:
    """Read a film from the bytes of a DICOM file (PS3.10).

    Raises:
        UnreadableImage: if it must not be read as a frontal chest film; see `Refusal`.
        EngineError: it is compressed, and no process can be started to decode it.
    """
    path = source.path
    if any(syntax in content[:_META_BYTES] for syntax in _COMPRESSED):
        prepare("dicom")
    with quiet_pydicom():
        parsed = parse(content, path)
        tags = Tags(parsed.dataset, path)
        kind_notes = check_kind(parsed, tags)
        layout = read_layout(tags, parsed.syntax)
        view, view_notes = read_view(tags)
        patient, hanging = read_patient(tags), read_hanging(tags)
        spacing, spacing_notes = read_spacing(tags, layout.rows, layout.columns)
        scale = read_greyscale(tags, layout)
        voi, voi_notes = read_voi(tags, scale.declared)
    # Not in the block, so that other threads read headers while this film is decoded.
    stored, length_notes = decode(parsed.dataset, layout, path)
    if stored.ndim == 3:
        stored = one_channel(path, stored, layout.stored)
    pixels, grey_notes = to_grey(stored, scale)
    check_exposed(path, pixels)
    notes = (
        *parsed.notes,
        *kind_notes,
        *view_notes,
        *spacing_notes,
        *voi_notes,
        *length_notes,
        *grey_notes,
    )
    return Radiograph(pixels, source, layout.stored, spacing, voi, view, notes, patient, hanging)
