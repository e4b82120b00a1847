"""The header of the film that a result is filed beside: read again, and made fit to be copied from."""

import hashlib
import io
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.multival import MultiValue
from pydicom.uid import DeflatedExplicitVRLittleEndian

from pleura.core.quiet import silent
from pleura.core.types import Source
from pleura.output.dicom.errors import NoDicomSource, SourceChanged
from pleura.output.dicom.looks import LOOKS, looks_of
from pleura.output.dicom.uids import derived_uid, is_valid_uid, names_an_object
from pleura.output.dicom.values import DATED, character_set, clean_value, raw_value, when
from pleura.output.stems import printable

# Type 2: empty where the film has none, for a result must hold the tag and highdicom reads it (PS3.3 C.7.1, C.7.2).
_FILLED = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyID",
)
_COPIED = (
    "IssuerOfPatientID",
    "PatientAge",
    "StudyDescription",
    "TimezoneOffsetFromUTC",
    "BodyPartExamined",
    "Laterality",
    "ImageLaterality",
)
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_MOST_BYTES = 512 << 20
_LOST = "\N{REPLACEMENT CHARACTER}"
_LOGGERS = ("pydicom", "highdicom")


@dataclass(frozen=True)
class SourceImage:
    """What a result takes from its film.

    Attributes:
        header: patient, study and identity of the film: every value valid, type-2 tags present, text decoded.
        looks: the tags of its display (modality and VOI transformation, polarity), as they stand.
        characters: SpecificCharacterSet for what is written, one or more values; empty for ASCII.
        date: YYYYMMDD of the film's exposure, or what of the header comes nearest.
        time: HHMMSS of the same.
        replaced: UIDs that were missing, or no numbers with dots, and are derived from the film's content.
    """

    header: Dataset
    looks: Dataset
    characters: tuple[str, ...]
    date: str
    time: str
    replaced: tuple[str, ...]


def read_source(source: Source) -> SourceImage:
    """Read the header of a film again, without its pixels.

    Raises:
        NoDicomSource: the film was no DICOM file, its header names no kind of object, or not soundly whose it is.
        SourceChanged: the file is not the one that was read.
        OSError: the file cannot be read.
    """
    name = printable(source.name)
    if source.format != "dicom":
        raise NoDicomSource(name, f"a DICOM result needs a DICOM film, and this is {source.format}")
    content = Path(source.path).read_bytes()
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise SourceChanged(name)
    with quiet():
        dataset = dcmread(io.BytesIO(content), stop_before_pixels=True, force=True)
        if (reason := _unfit(dataset)) is not None:
            raise NoDicomSource(name, reason)
        return _source_of(dataset, source.sha256)


def read_refused(path: Path) -> tuple[SourceImage, str] | None:
    """The header of a film that was refused and its file's SHA-256, or None where there is no sound one.

    Nothing that comes from a damaged file is trusted: whatever pydicom raises means that there is none.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        with quiet():
            # A deflated header may be a bomb, and no film of a hospital comes so.
            if read_file_meta_info(path).get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
                return None
            content = path.read_bytes()
            sha256 = hashlib.sha256(content).hexdigest()
            dataset = dcmread(io.BytesIO(content), stop_before_pixels=True, specific_tags=[*_wanted()])
            image = None if _unfit(dataset) else _source_of(dataset, sha256)
    except Exception:
        return None
    known = image is not None and image.header.SOPClassUID.type == "SOP Class"
    return (image, sha256) if image is not None and known else None


def quiet() -> AbstractContextManager[None]:
    """Silence the DICOM libraries, whose warnings and log lines may quote a name; what is used is checked here."""
    return silent(*_LOGGERS)


def _unfit(dataset: Dataset) -> str | None:
    """Why nothing can be filed beside this film, or None; no value is repeated."""
    if not is_valid_uid(clean_value(dataset, "SOPClassUID")):
        return "its header does not say what kind of DICOM object it is"
    number = raw_value(dataset, "PatientID")
    if "PatientID" in dataset and (_LOST in str(number) or clean_value(dataset, "PatientID") != _plain(number)):
        # Left empty, it would make another patient of the same study in a PACS.
        return "its PatientID is not valid, and a result without it would be filed under another patient"
    return None


def _plain(value: object) -> str:
    return "" if value is None else str(value).strip(" \0")


def _source_of(dataset: Dataset, sha256: str) -> SourceImage:
    """The parts of a header that are worth copying."""
    header = Dataset()
    header.SOPClassUID = clean_value(dataset, "SOPClassUID")
    for keyword in _FILLED:
        setattr(header, keyword, clean_value(dataset, keyword))
    for keyword in _COPIED:
        if value := clean_value(dataset, keyword):
            setattr(header, keyword, value)
    replaced = []
    for keyword in _UIDS:
        uid = _plain(raw_value(dataset, keyword))
        if not names_an_object(uid):
            replaced.append(keyword)
            uid = derived_uid("film", keyword, sha256)
        setattr(header, keyword, uid)
    header.PatientOrientation = _orientation(dataset)
    header.InstanceNumber = _counting(dataset, "InstanceNumber")
    header.Rows, header.Columns = (raw_value(dataset, keyword) or 1 for keyword in ("Rows", "Columns"))
    date, time = when(dataset)
    return SourceImage(header, looks_of(dataset), character_set(dataset), date, time, tuple(replaced))


def _orientation(dataset: Dataset) -> list[str] | None:
    """PatientOrientation with both its values, else empty (type 2, PS3.3 C.7.6.1)."""
    value = raw_value(dataset, "PatientOrientation")
    axes = [str(axis) for axis in value] if isinstance(value, MultiValue) else []
    return axes if len(axes) == 2 and all(set(axis) <= set("APRLHF") and axis for axis in axes) else None


def _counting(dataset: Dataset, keyword: str) -> int:
    text = clean_value(dataset, keyword)
    return max(1, int(text)) if text.lstrip("+").isdigit() else 1


def _wanted() -> tuple[str, ...]:
    sizes = ("SOPClassUID", "PatientOrientation", "InstanceNumber", "Rows", "Columns", "SpecificCharacterSet")
    return (*_FILLED, *_COPIED, *_UIDS, *LOOKS, *sizes, *DATED)
