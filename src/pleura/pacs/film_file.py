"""One film from a PACS as a file whose bytes do not depend on the way it came."""

import io

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID

from pleura.core.errors import Refusal, UnreadableImage
from pleura.output.dicom.source import quiet
from pleura.pacs.archive import ObjectKey

# Of no library and no version: an update of either must not change the hash of a film.
_WRITER = UID("2.25.277266493190128913190513402356123894722")


def film_file(dataset: Dataset, key: ObjectKey) -> bytes:
    """A PS3.10 file of an object, its pixels and values as they stand, under a file meta header of our own.

    The header of a file that a PACS sends names the software that wrote it, and C-STORE has none: with ours the same
    film has the same SHA-256, and so its results the same UIDs, by whatever protocol it was fetched.

    Args:
        dataset: the object, with its transfer syntax in `file_meta`.
        key: the object that was asked for.

    Raises:
        UnreadableImage: it cannot be written again, or is another object than the one that was asked for.
    """
    meta = FileMetaDataset()
    file = io.BytesIO()
    try:
        with quiet():
            meta.MediaStorageSOPClassUID = dataset.SOPClassUID
            meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
            meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
            meta.ImplementationClassUID = _WRITER
            dataset.file_meta, dataset.preamble = meta, b"\0" * 128
            dataset.save_as(file, enforce_file_format=True)
            came = str(dataset.StudyInstanceUID), str(dataset.SOPInstanceUID)
    except Exception as error:
        raise damaged(key, error) from error
    if came != (key.study, key.uid):
        # A result is filed by its film: in the study of another patient it would do harm.
        reason = "the PACS sent an object that says it is another one, or of another study"
        raise UnreadableImage(key.uid, Refusal.MALFORMED, reason, "Look at the object in the PACS.")
    return file.getvalue()


def damaged(key: ObjectKey, error: Exception) -> UnreadableImage:
    """The refusal of an object that came and cannot be parsed; whatever pydicom raises means that."""
    reason = f"the object that the PACS sent cannot be parsed ({type(error).__name__})"
    return UnreadableImage(key.uid, Refusal.MALFORMED, reason, "Look at the object in the PACS.")
