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

from pleura.bench.formats import JPEG, stored, write_dicom
from pleura.image import read_film

LABELLED = Path(__file__).parent.parent.parent / "shared" / "data" / "labelled"
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
        eight = stored(_resized(grey, _SMALL), 8)
        png, jpeg = folder / "small.png", folder / "small.dcm"
        png.write_bytes(cv2.imencode(".png", eight)[1].tobytes())
        write_dicom(jpeg, eight, 8, JPEG)
        small = {"1024 PNG, from RG1": png, "1024 DICOM JPEG, from RG1": jpeg}
    write_dicom(folder / "large.dcm", stored(_resized(grey, _LARGE), _LARGE_BITS), _LARGE_BITS)
    return {**small, "RG1, 1955 x 1841 DICOM": rg1(), "3000 DICOM, 14 bits, from RG1": folder / "large.dcm"}


def _labelled(suffix: str) -> Path:
    """The first film of a kind that has a pneumothorax."""
    with (LABELLED / "index.csv").open(encoding="utf-8", newline="") as file:
        names = sorted(row["file"] for row in csv.DictReader(file) if row["label"] == "pos")
    return LABELLED / "images" / next(name for name in names if name.endswith(suffix))


def _resized(grey: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    return cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
