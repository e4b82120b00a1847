"""Which DICOM object a file is, told without its pixels."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instance:
    """An object's kind and UID, as its file meta information tells them (PS3.10 section 7.1)."""

    sop_class: str
    uid: str


def instance_of(path: Path) -> Instance | None:
    """The object in a file, or None where it does not say.

    Nothing that comes from a damaged file is trusted: whatever pydicom raises means that it does not say.
    """
    # Imported where it is needed: pydicom alone costs half a second of a cold start.
    from pydicom.filereader import read_file_meta_info

    from pleura.output.dicom.source import quiet
    from pleura.output.dicom.uids import is_valid_uid

    try:
        with quiet():
            meta = read_file_meta_info(path)
            found = Instance(str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID))
    except Exception:
        return None
    return found if is_valid_uid(found.sop_class) and is_valid_uid(found.uid) else None
