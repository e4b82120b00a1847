"""How a DICOM file says that its pixels are stored, checked before any of them is decoded."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from pydicom.uid import UID

from pleura.core.errors import Refusal, UnreadableImage
from pleura.image.limits import check_size
from pleura.image.tags import Tags

_GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
_COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
# The other terms of PS3.3 C.7.6.3.1.2.
_FOREIGN = frozenset({"PALETTE COLOR", "HSV", "ARGB", "CMYK", "YBR_PARTIAL_422", "YBR_PARTIAL_420"})
_REMEDY = "Export the film again, as MONOCHROME1 or MONOCHROME2."


@dataclass(frozen=True)
class Layout:
    """The Image Pixel module (PS3.3 C.7.6.3): `stored` of `allocated` bits a sample are used."""

    rows: int
    columns: int
    samples: int
    photometric: str
    allocated: int
    stored: int
    signed: bool
    syntax: UID
    planar: int = 0

    @property
    def native_bytes(self) -> int:
        """Length of the pixel data where it is not compressed."""
        # 4:2:2 keeps half of each colour channel (PS3.3 C.7.6.3.1.2).
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.rows * self.columns * samples * self.allocated // 8

    def plain(self) -> dict[str, Any]:
        """This layout as JSON has it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Self:
        """The layout that `plain` wrote."""
        return cls(**{**values, "syntax": UID(values["syntax"])})


def read_layout(tags: Tags, syntax: UID) -> Layout:
    """Read and check the Image Pixel module.

    Raises:
        UnreadableImage: `size`, `multiframe`, `photometric`, `bits` or `malformed`.
    """
    rows, columns = _size(tags)
    _check_frames(tags)
    photometric, samples = _photometric(tags)
    allocated, stored = _bits(tags)
    representation = tags.integer("PixelRepresentation")
    if representation not in (0, 1):
        raise tags.malformed("PixelRepresentation")
    if representation == 1 and samples != 1:
        reason = "its colours are signed numbers, which have no meaning"
        raise UnreadableImage(tags.path, Refusal.BITS, reason, _REMEDY)
    planar = tags.integer("PlanarConfiguration") if samples == 3 else 0
    # PS3.3 C.7.6.3.1.3; where a colour film does not say, its samples stand pixel by pixel, as pydicom has it too.
    if planar not in (None, 0, 1):
        raise tags.malformed("PlanarConfiguration")
    signed = representation == 1
    return Layout(rows, columns, samples, photometric, allocated, stored, signed, syntax, planar or 0)


def _size(tags: Tags) -> tuple[int, int]:
    rows, columns = tags.integer("Rows"), tags.integer("Columns")
    if rows is None or columns is None:
        reason = "the number of rows or columns is missing"
        raise UnreadableImage(tags.path, Refusal.SIZE, reason, "Export the film again from its archive.")
    check_size(tags.path, rows, columns)
    return rows, columns


def _check_frames(tags: Tags) -> None:
    frames = tags.integer("NumberOfFrames")
    if frames not in (None, 1):
        reason = f"it declares {frames} frames"
        raise UnreadableImage(tags.path, Refusal.MULTIFRAME, reason, "Give one film a file.")


def _photometric(tags: Tags) -> tuple[str, int]:
    photometric = tags.text("PhotometricInterpretation")
    if photometric not in _GREY | _COLOUR:
        # Shown as it stands only where the standard defines it: a damaged tag may hold anything, also a name.
        told = photometric if photometric in _FOREIGN else "unknown" if photometric else "missing"
        reason = f"its photometric interpretation is {told}"
        raise UnreadableImage(tags.path, Refusal.PHOTOMETRIC, reason, _REMEDY)
    needed = 1 if photometric in _GREY else 3
    samples = tags.integer("SamplesPerPixel")
    if samples != needed:
        reason = f"{photometric} needs {needed} sample(s) a pixel, not {samples}"
        raise UnreadableImage(tags.path, Refusal.PHOTOMETRIC, reason, _REMEDY)
    return photometric, needed


def _bits(tags: Tags) -> tuple[int, int]:
    allocated, stored, high = (tags.integer(name) for name in ("BitsAllocated", "BitsStored", "HighBit"))
    if allocated in (8, 16) and stored is not None and 2 <= stored <= allocated and high == stored - 1:
        return allocated, stored
    reason = f"{stored} bits stored of {allocated} allocated with high bit {high}"
    raise UnreadableImage(tags.path, Refusal.BITS, reason, "Export the film again with 8 to 16 bits a pixel.")
