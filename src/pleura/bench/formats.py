"""The same film in every format that is read and can be written here."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Pixels

Stored = NDArray[np.uint8] | NDArray[np.uint16]

_CR = "1.2.840.10008.5.1.4.1.1.1"
PLAIN, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"
"""Transfer syntaxes (PS3.5 annex A): explicit little endian, and JPEG baseline of 8 bits."""
_DEEP_BITS = 12
_PICTURES = {"PNG": (".png", 8), "PNG, 16 bits": (".16.png", 16), "JPEG": (".jpg", 8), "TIFF, 16 bits": (".tif", 16)}
_DICOM = {
    f"DICOM, {_DEEP_BITS} bits": PLAIN,
    "DICOM, JPEG": JPEG,
    "DICOM, JPEG-LS": "1.2.840.10008.1.2.4.80",
    "DICOM, JPEG 2000": "1.2.840.10008.1.2.4.90",
    "DICOM, RLE": "1.2.840.10008.1.2.5",
}
"""Those that the installed codecs write as well as read."""

DEFAULT_FORMAT = f"DICOM, {_DEEP_BITS} bits"


def write_formats(film: Pixels, folder: Path) -> dict[str, Path]:
    """Write a film, (H, W) in [0, 1], into `folder` in every format; files by what they are."""
    files = {}
    for name, (suffix, bits) in _PICTURES.items():
        files[name] = folder / f"film{suffix}"
        files[name].write_bytes(cv2.imencode(suffix[-4:], stored(film, bits))[1].tobytes())
    for name, syntax in _DICOM.items():
        bits = 8 if syntax == JPEG else _DEEP_BITS
        files[name] = folder / f"film.{syntax.rpartition('.')[2]}.dcm"
        write_dicom(files[name], stored(film, bits), bits, syntax)
    return files


def stored(film: Pixels, bits: int) -> Stored:
    """Grey values of a film, (H, W) in [0, 1], as whole numbers of so many bits."""
    levels = np.rint(film * ((1 << bits) - 1))
    return levels.astype(np.uint8) if bits <= 8 else levels.astype(np.uint16)


def write_dicom(path: Path, pixels: Stored, bits: int, syntax: str = PLAIN) -> None:
    """Write a computed radiograph of nobody's chest, PA, in a transfer syntax."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(_CR)
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[path.name])
    meta.TransferSyntaxUID = UID(syntax) if syntax == JPEG else ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8 * pixels.itemsize, bits, bits - 1
    dataset.PixelRepresentation = 0
    if syntax == JPEG:  # pydicom reads it and does not write it
        dataset.PixelData = encapsulate([cv2.imencode(".jpg", pixels)[1].tobytes()])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    else:
        dataset.PixelData = pixels.tobytes()
        dataset["PixelData"].VR = "OW"
        if syntax != PLAIN:
            dataset.compress(UID(syntax), generate_instance_uid=False)
    dataset.save_as(path, enforce_file_format=True)
