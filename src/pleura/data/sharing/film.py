"""One film without its patient: a new file with the old pixels, uncompressed, and a header made anew."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from pleura.core.types import Note
from pleura.data.sharing.kept import keep
from pleura.data.sharing.profile import apply_profile
from pleura.data.sharing.pseudonyms import Pseudonyms
from pleura.image.parse import quiet_pydicom
from pleura.image.stored import StoredFilm, read_stored
from pleura.image.tags import Tags

_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_SINGLE_FRAME = frozenset({"1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1", _SECONDARY_CAPTURE})
_EMPTY = (
    *("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"),
    *("ReferringPhysicianName", "Manufacturer", "SeriesNumber", "InstanceNumber", "PatientOrientation"),
)
"""Type 2 of a film's modules: there, and empty (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1, C.7.6.1)."""
_SCANNED = frozenset({"DF", "SD", "SI", "WSD", "DI"})


@dataclass(frozen=True)
class SharedFilm:
    """`name` is a file name and `patient` a pseudonym; `notes` are what a person should look at before sharing."""

    name: str
    patient: str
    content: bytes
    notes: tuple[Note, ...]


def deidentify(path: Path, pseudonyms: Pseudonyms, *, lenient: bool = False) -> SharedFilm:
    """Make a film that can be shared; it reads as the original does.

    Compressed films are written uncompressed, as JPEG streams may hold comments; lossy ones keep saying so.

    Raises:
        UnreadableImage: the file is no DICOM film of a frontal chest.
        EngineError: it is compressed, and no process can be started to decode it.
    """
    film = read_stored(path, lenient=lenient)
    with quiet_pydicom():
        dataset, patient = _header(film, pseudonyms)
        notes = _burned_in(film.tags)
        content = _as_bytes(dataset, film)
    return SharedFilm(f"{dataset.SOPInstanceUID}.dcm", patient, content, notes)


def _header(film: StoredFilm, pseudonyms: Pseudonyms) -> tuple[Dataset, str]:
    tags = film.tags
    dataset = keep(film)
    sop_class = str(tags.raw("SOPClassUID") or "")
    dataset.SOPClassUID = sop_class if sop_class in _SINGLE_FRAME else _SECONDARY_CAPTURE
    if dataset.SOPClassUID == _SECONDARY_CAPTURE and "ConversionType" not in dataset:
        dataset.ConversionType = "WSD"
    for keyword in (*_EMPTY, *(("Laterality",) if "BodyPartExamined" not in dataset else ())):
        if keyword not in dataset:
            setattr(dataset, keyword, None)
    # A film that lacks a number is known by its pixels: it stands alone, and gets the same name each time.
    own = hashlib.sha256(film.pixels.tobytes()).hexdigest()
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        setattr(dataset, keyword, tags.text(keyword) or f"{keyword} {own}")
    reference = tags.text("FrameOfReferenceUID")
    if reference:
        dataset.FrameOfReferenceUID = reference
    patient = pseudonyms.patient(tags.text("PatientID") or f"unknown {own}")
    dataset.PatientName = dataset.PatientID = patient
    apply_profile(dataset, patient, pseudonyms)
    return dataset, patient


def _burned_in(tags: Tags) -> tuple[Note, ...]:
    """Nothing here looks for letters in the pixels: what the header says of them, and what it leaves open."""
    told = tags.text("BurnedInAnnotation")
    notes = []
    if told == "YES":
        notes.append(Note("burned_in_text", "The header says that text is burned into the pixels: look at the film."))
    elif told != "NO":
        text = "The header does not say whether names or dates are burned into the pixels: look at the film."
        notes.append(Note("burned_in_unknown", text))
    captured = str(tags.raw("SOPClassUID") or "").startswith(_SECONDARY_CAPTURE)
    if captured or tags.text("ConversionType") in _SCANNED:
        text = "A secondary capture or scanned film: names and dates often stand in the pixels of these."
        notes.append(Note("burned_in_likely", text))
    return tuple(notes)


def _as_bytes(dataset: Dataset, film: StoredFilm) -> bytes:
    """The file (PS3.10), explicit little endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    little = np.ascontiguousarray(film.pixels, film.pixels.dtype.newbyteorder("<")).tobytes()
    dataset.add_new("PixelData", "OB" if film.layout.allocated == 8 else "OW", little + bytes(len(little) % 2))
    buffer = io.BytesIO()
    FileDataset("", dataset, file_meta=meta, preamble=bytes(128)).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
