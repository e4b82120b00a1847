"""A folder of shared films and its manifest, which says nothing of where they came from."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pleura.core.files import write_bytes, write_text
from pleura.core.types import Note
from pleura.data.sharing.errors import SharingError
from pleura.data.sharing.film import deidentify
from pleura.data.sharing.profile import TABLES
from pleura.data.sharing.pseudonyms import Pseudonyms

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Shared:
    """One film as it was written."""

    file: str
    patient: str
    sha256: str
    notes: tuple[Note, ...]

    def document(self) -> dict[str, object]:
        """The same as JSON has it."""
        warnings = [{"code": note.code, "text": note.text} for note in self.notes]
        return {"file": self.file, "patient": self.patient, "sha256": self.sha256, "warnings": warnings}


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything: nothing is ever overwritten, and no original is left among the copies.

    Raises:
        SharingError: it is no empty folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SharingError(folder, "it exists and is not empty", "Name a new folder.")


def share(path: Path, folder: Path, pseudonyms: Pseudonyms, *, lenient: bool = False) -> Shared:
    """Write one film without its patient.

    Raises:
        UnreadableImage: the file is no DICOM film of a frontal chest.
        EngineError: it is compressed, and no process can be started to decode it.
        SharingError: a film of the same SOP instance UID has been written.
    """
    film = deidentify(path, pseudonyms, lenient=lenient)
    target = folder / film.name
    if target.exists():
        reason = "its SOP instance UID is that of a film before it"
        raise SharingError(path, reason, "Leave out the copy, or give it a UID of its own.")
    write_bytes(target, film.content)
    return Shared(film.name, film.patient, hashlib.sha256(film.content).hexdigest(), film.notes)


def write_manifest(folder: Path, films: Sequence[Shared], refused: Sequence[str], version: str) -> None:
    """Write what was shared, sorted by file, so that not even an order is left of the originals.

    Args:
        folder: where the films are.
        films: those that were written.
        refused: the codes of those that were not.
        version: of this program.
    """
    document = {
        "pleura": version,
        "profile": f"PS3.15 Annex E, Basic Application Level Confidentiality Profile, {TABLES[-5:]}",
        "films": [film.document() for film in sorted(films, key=lambda film: film.file)],
        "refused": dict(sorted(Counter(refused).items())),
    }
    write_text(folder / MANIFEST, json.dumps(document, indent=2) + "\n")
