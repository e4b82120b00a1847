"""The films that are read: two of 1024 x 1024, a real DICOM of 1955 x 1841, and one of 3000 x 3000.

The small ones are real films with a pneumothorax where ../shared/data stands beside the repository, so that outlines
have to be measured and drawn; else they are made from RG1, the film of the wheel pydicom-data.
"""

import csv
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

from pleura.image import read_film

LABELLED = Path(__file__).parent.parent.parent / "shared" / "data" / "labelled"
_CR = UID("1.2.840.10008.5.1.4.1.1.1")
_SMALL, _LARGE, _LARGE_BITS = 1024, 3000, 14


def rg1() -> Path:
    """A real PA chest film, 15 bits, uncompressed.

    Raises:
        FileNotFoundError: pydicom-data is not installed.
    """
    path = get_testdata_file("RG1_UNCR.dcm", download=False)
    if path is None:
        raise FileNotFoundError("RG1_UNCR.dcm: pip install pydicom-data")
    return Path(str(path))


def bench_films(folder: Path) -> dict[str, Path]:
    """Films by what they are; those that have to be made go into `folder`."""
    grey = read_film(rg1()).pixels
    if LABELLED.is_dir():
        png, jpeg = _labelled(".png"), _labelled(".dcm")
        small = {"1024 PNG, labelled": png, "1024 DICOM JPEG, labelled": jpeg}
    else:
        eight = np.rint(_resized(grey, _SMALL) * 255).astype(np.uint8)
        png, jpeg = folder / "small.png", folder / "small.dcm"
        png.write_bytes(cv2.imencode(".png", eight)[1].tobytes())
        _write_dicom(jpeg, eight, 8, compress=True)
        small = {"1024 PNG, from RG1": png, "1024 DICOM JPEG, from RG1": jpeg}
    deep = np.rint(_resized(grey, _LARGE) * ((1 << _LARGE_BITS) - 1)).astype(np.uint16)
    _write_dicom(folder / "large.dcm", deep, _LARGE_BITS, compress=False)
    return {**small, "RG1, 1955 x 1841 DICOM": rg1(), "3000 DICOM, 14 bits, from RG1": folder / "large.dcm"}


def _labelled(suffix: str) -> Path:
    """The first film of a kind that has a pneumothorax."""
    with (LABELLED / "index.csv").open(encoding="utf-8", newline="") as file:
        names = sorted(row["file"] for row in csv.DictReader(file) if row["label"] == "pos")
    return LABELLED / "images" / next(name for name in names if name.endswith(suffix))


def _resized(grey: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    return cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)


def _write_dicom(path: Path, stored: NDArray[np.uint8] | NDArray[np.uint16], bits: int, *, compress: bool) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = _CR
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[path.name])
    meta.TransferSyntaxUID = JPEGBaseline8Bit if compress else ExplicitVRLittleEndian
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = _CR, meta.MediaStorageSOPInstanceUID
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.Rows, dataset.Columns = stored.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8 * stored.itemsize, bits, bits - 1
    dataset.PixelRepresentation = 0
    if compress:
        dataset.PixelData = encapsulate([cv2.imencode(".jpg", stored)[1].tobytes()])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
    else:
        dataset.PixelData = stored.tobytes()
        dataset["PixelData"].VR = "OW"
    dataset.save_as(path, enforce_file_format=True)
