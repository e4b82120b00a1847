"""Which films the paths, folders and patterns on a command line mean."""

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from pleura.core.errors import InputNotFound
from pleura.image.sniff import HEAD_BYTES, Kind, sniff

SUFFIXES = frozenset({".dcm", ".dicom", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
_INDEX = "DICOMDIR"


def find_films(patterns: Sequence[str]) -> list[Path]:
    """Expand files, folders (with all below them) and globs to files, sorted and each once.

    A file that is named is always taken, so that its refusal is seen. A folder gives its files with a suffix of
    `SUFFIXES` and its DICOM files without one (or with a UID for a name); hidden files, and links that lead
    out of the folder, are left.

    Raises:
        InputNotFound: if a pattern matches nothing, or a folder holds no film.
    """
    found: dict[Path, Path] = {}
    for pattern in patterns:
        films = [film for place in _places(pattern) for film in _films_at(place)]
        if not films:
            raise InputNotFound(pattern, "there is no film in it")
        for film in films:
            found.setdefault(film.resolve(), film)
    return sorted(found.values())


def _places(pattern: str) -> list[Path]:
    path = Path(pattern)
    # A name may hold brackets: what exists is meant literally.
    if path.exists():
        return [path]
    if not glob.has_magic(pattern):
        raise InputNotFound(pattern, "there is no such file or folder")
    places = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]
    if not places:
        raise InputNotFound(pattern, "the pattern matches nothing")
    return places


def _films_at(place: Path) -> Iterator[Path]:
    yield from sorted(films_below(place)) if place.is_dir() else (place,)


def films_below(root: Path) -> Iterator[Path]:
    """The films of a folder and of all below it, as `find_films` takes them, in no order and one at a time.

    Raises:
        InputNotFound: a folder cannot be listed.
    """
    inside, waiting = root.resolve(), [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif _leads_inside(path, inside) and _looks_like_a_film(path):
                        yield path
        except OSError as error:
            raise InputNotFound(str(folder), f"it cannot be listed: {error.strerror}") from error


def _leads_inside(path: Path, root: Path) -> bool:
    """Whether what a folder holds is no link, or one to a file below `root`."""
    if not path.is_symlink():
        return True
    try:
        return path.resolve(strict=True).is_relative_to(root) and path.is_file()
    except (OSError, RuntimeError):
        return False  # It leads nowhere, or in a circle.


def named_like_a_film(name: str) -> bool:
    """May a file of this name be a film? One that has no suffix, or a UID for a name, may be a DICOM file."""
    suffix = Path(name).suffix.lower()
    # `1.2.840.113` has the suffix `.113`.
    return suffix in SUFFIXES or ((not suffix or suffix[1:].isdigit()) and name.upper() != _INDEX)


def _looks_like_a_film(path: Path) -> bool:
    if not named_like_a_film(path.name):
        return False
    if path.suffix.lower() in SUFFIXES:
        return True
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return sniff(file.read(HEAD_BYTES)) is Kind.DICOM
    except OSError:
        # It may be a film: it is kept, and reading it says what is wrong.
        return True
