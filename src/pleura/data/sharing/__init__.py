"""Films without their patients, for sharing cases."""

from pleura.data.sharing.errors import SharingError
from pleura.data.sharing.film import SharedFilm, deidentify
from pleura.data.sharing.folder import Shared, check_folder, share, write_manifest
from pleura.data.sharing.pseudonyms import Pseudonyms, read_key

__all__ = [
    "Pseudonyms",
    "Shared",
    "SharedFilm",
    "SharingError",
    "check_folder",
    "deidentify",
    "read_key",
    "share",
    "write_manifest",
]
