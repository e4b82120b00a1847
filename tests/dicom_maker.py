"""Makes DICOM films, sound ones and broken ones, and finds real ones, for the tests of all that reads them."""

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.data.data_manager import get_testdata_file
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, generate_uid

from pleura.core.types import Radiograph

CR = "1.2.840.10008.5.1.4.1.1.1"
ROWS, COLUMNS = 96, 80


def film_values(bits: int = 12, rows: int = ROWS, columns: int = COLUMNS) -> NDArray[np.uint16]:
    """A soft gradient with grain over the whole declared range, (rows, columns) uint16."""
    slope = np.add.outer(np.linspace(0, 1, rows), np.linspace(0, 1, columns)) / 2
    grain = np.random.default_rng(7).normal(0, 0.02, slope.shape)
    values = np.rint(np.clip(slope + grain, 0, 1) * ((1 << bits) - 1)).astype(np.uint16)
    values[0, 0], values[-1, -1] = 0, (1 << bits) - 1
    return values


def make_dataset(values: NDArray[np.integer], bits: int = 12, photometric: str = "MONOCHROME2") -> FileDataset:
    """A sound CR film of the chest, uncompressed, holding `values` as they are."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CR
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["pleura"])
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = CR, meta.MediaStorageSOPInstanceUID
    dataset.PatientName, dataset.PatientID = "Doe^Secret", "ID-SECRET"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.Rows, dataset.Columns = values.shape[:2]
    dataset.SamplesPerPixel = 1 if values.ndim == 2 else 3
    dataset.PhotometricInterpretation = photometric
    if values.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = values.dtype.itemsize * 8
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    dataset.PixelSpacing = [4.0, 4.0]
    dataset.PixelData = np.ascontiguousarray(values).tobytes()
    dataset["PixelData"].VR = "OB" if values.dtype.itemsize == 1 else "OW"
    return dataset


def changed(dataset: FileDataset, tags: Mapping[str, object], drop: Sequence[str] = ()) -> FileDataset:
    """The same data set with some tags set and others taken out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keyword, value in tags.items():
            setattr(dataset, keyword, value)
    for keyword in drop:
        delattr(dataset, keyword)
    return dataset


def compressed(dataset: FileDataset, frame: bytes, syntax: UID) -> FileDataset:
    """The same data set with its pixels replaced by one compressed frame."""
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    return dataset


def as_bytes(dataset: FileDataset) -> bytes:
    """The file's content (PS3.10)."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def write(dataset: FileDataset, path: Path) -> Path:
    """Write a data set as a file and give its path back."""
    path.write_bytes(as_bytes(dataset))
    return path


def lut_item(first: int, table: NDArray[np.integer], bits: int) -> Dataset:
    """An item of a LUT sequence whose first entry stands at `first`."""
    item = Dataset()
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(table) % 65536, first, bits])
    item.add_new("LUTData", "OW", np.asarray(table, "<u2").tobytes())
    return item


def sample(name: str) -> Path:
    """A real DICOM file of the wheels pydicom and pydicom-data; nothing is fetched."""
    path = get_testdata_file(name, download=False)
    if path is None:
        pytest.skip(f"{name} is not installed: pip install pydicom-data")
    return Path(path)


def codes(film: Radiograph) -> list[str]:
    """The codes of a film's warnings, in order."""
    return [note.code for note in film.notes]
