"""Pictures that the gate learns from: frontal chest films of prepared data sets, and whatever is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file

from pleura.core.errors import DatasetError
from pleura.core.preprocess import to_square
from pleura.core.types import Pixels, View
from pleura.data import Dataset
from pleura.data.tables import Table

STORED_SIDE = 256
"""Pictures are kept at this side until a variant of them is drawn."""

DICOM_SAMPLES = (
    "RG3_UNCR.dcm", "693_UNCR.dcm", "J2K_pixelrep_mismatch.dcm", "JPEG-LL.dcm", "MR-SIEMENS-DICOM-WithOverlays.dcm",
    "MR2_UNCR.dcm", "OBXXXX1A.dcm", "US1_UNCR.dcm", "bad_sequence.dcm", "color-pl.dcm", "emri_small.dcm",
    "explicit_VR-UN.dcm", "gdcm-US-ALOKA-16.dcm", "mlut_18.dcm", "CT_small.dcm", "MR_small.dcm",
    "examples_overlay.dcm", "examples_palette.dcm", "examples_ybr_color.dcm", "image_dfl.dcm",
)  # fmt: skip
"""Films of the wheels pydicom and pydicom-data that show no chest from the front: extremity, CT, MR, ultrasound."""

_PHOTO_SUFFIXES = frozenset({".png", ".jpg", ".jpeg"})
_LEAST_SIDE = 64


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture and what is known of it.

    Attributes:
        pixels: (256, 256) float32 in [0, 1], 1 = dense.
        source: where it comes from, as `stage2` or `lateral`.
        group: pictures of one group must not be parted between training and judging.
        frontal: whether it is a frontal chest film.
        view: PA, AP or unknown.
    """

    pixels: Pixels
    source: str
    group: str
    frontal: bool
    view: View = View.UNKNOWN


def frontal_pictures(dataset: Dataset, indices: NDArray[np.int64], source: str) -> list[Picture]:
    """Films of a prepared data set, all of which are frontal; several sets may be of one source."""
    return [
        Picture(_stored(dataset.images[i]), source, f"{source}:{case.patient}", True, case.view)
        for i, case in ((int(i), dataset.cases[i]) for i in indices)
    ]


def other_pictures(folder: Path) -> list[Picture]:
    """Films that `index.csv` (file, modality, view) names in `images`: laterals and CT slices, a source each.

    The patient stands in the first part of a file's name.

    Raises:
        DatasetError: a film is missing or cannot be read.
    """
    found = []
    for row in Table.read(folder / "index.csv", ("file", "modality", "view")).rows:
        stem = Path(row["file"]).stem
        source = "ct" if row["modality"] == "CT" else "lateral"
        group = stem.split("_")[0] if source == "ct" else stem.rsplit("-", 1)[0]
        found.append(Picture(_read_grey(folder / "images" / row["file"]), source, f"{source}:{group}", False))
    return found


def dicom_pictures() -> list[Picture]:
    """The samples of the wheels pydicom and pydicom-data; the first frame of each.

    Raises:
        DatasetError: a sample is not installed.
    """
    return [dicom_picture(name) for name in DICOM_SAMPLES]


def dicom_picture(name: str) -> Picture:
    """One of those samples.

    Raises:
        DatasetError: it is not installed.
    """
    return Picture(_read_sample(name), "dicom", f"dicom:{name}", False)


def photo_pictures(folders: Sequence[Path]) -> list[Picture]:
    """Pictures of every day in folders, as they ship in the wheels scikit-image, scikit-learn and matplotlib."""
    paths = [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in _PHOTO_SUFFIXES]
    pictures = [Picture(_read_grey(path), "photo", f"photo:{path.stem}", False) for path in paths if _large(path)]
    if not pictures:
        raise DatasetError(", ".join(map(str, folders)), "holds no photo", "Name a folder with PNG or JPEG files.")
    return pictures


def _large(path: Path) -> bool:
    with Image.open(path) as image:
        return min(image.size) >= _LEAST_SIDE


def _read_grey(path: Path) -> Pixels:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise DatasetError(path, "is missing or no picture", "Check the folder.")
    return _stored(np.asarray(grey, dtype=np.uint8))


def _read_sample(name: str) -> Pixels:
    """One DICOM sample of any modality, spread from its darkest to its brightest pixel."""
    path = get_testdata_file(name, download=False)
    if path is None:
        raise DatasetError(name, "is not installed", "pip install pydicom-data")
    film = dcmread(path, force=True)
    values = film.pixel_array
    if values.ndim == 4 or (values.ndim == 3 and values.shape[-1] != 3):
        values = values[0]
    grey = (values.mean(axis=-1) if values.ndim == 3 else values).astype(np.float32)
    scaled = (grey - grey.min()) / max(float(np.ptp(grey)), 1.0)
    dense = 1 - scaled if film.PhotometricInterpretation == "MONOCHROME1" else scaled
    return to_square(np.ascontiguousarray(dense), STORED_SIDE)


def _stored(grey: NDArray[np.uint8]) -> Pixels:
    return to_square(np.ascontiguousarray(grey), STORED_SIDE) / np.float32(255)
