"""Names for what is written: readable, stable, and never two films under one."""

import hashlib
import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

_FILM_SUFFIXES = frozenset(
    {".dcm", ".dicom", ".dic", ".ima", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".jp2"}
)
"""What is cut off a name. The last part of any other is kept: DICOM files are named by UID, 1.2.840.113.77."""
_RUN_FILES = frozenset({"results", "manifest", "rle"})
_OWN_ENDINGS = (".mask", ".overlay", ".seg", ".sr", ".fractional", ".sc", ".gsps")
_MOST_BYTES = 120
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*�]+')


def printable(text: str) -> str:
    """A file's name as valid UTF-8; what the file system could not decode becomes a replacement character."""
    return os.fsencode(text).decode("utf-8", "replace")


def unique_stems(paths: Sequence[Path]) -> dict[Path, str]:
    """Give every film the stem of its outputs.

    The stem is the file's name without its suffix. Films that would share one, small and capital letters alike, are
    told apart by suffix (`a-dcm`, `a-png`), else by folder (`left_a`, `right_a`), else by number (`a`, `a-2`).
    The names of a run's own files are avoided (a film `manifest.dcm` becomes `manifest-film`), and so is writing
    `x.mask.png` where that is itself one of the films. The order of `paths` does not matter.

    Returns:
        A stem for every path: at most 120 bytes of UTF-8 and a number, no separator and no control character.
    """
    groups: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(set(paths)):
        groups[_key(_label(path, 0, suffix=False))].append(path)
    taken = {_key(owner) for path in paths for owner in _owners(path)}
    stems: dict[Path, str] = {}
    # Films alone under their name go first and keep it.
    for members in sorted(groups.values(), key=lambda group: (len(group) > 1, group[0])):
        for path, label in zip(members, _tell_apart(members), strict=True):
            stems[path] = _free(label, taken)
            taken.add(_key(stems[path]))
    return {path: stems[path] for path in paths}


def _tell_apart(members: list[Path]) -> list[str]:
    """The shortest labels that differ for all members, or plain ones where none do."""
    depth = max(len(_parents(path)) for path in members)
    for parents in range(depth + 1):
        for suffix in (False, True):
            labels = [_label(path, parents, suffix=suffix) for path in members]
            if len({_key(label) for label in labels}) == len(members):
                return labels
    return [_label(path, 0, suffix=False) for path in members]


def _label(path: Path, parents: int, *, suffix: bool) -> str:
    known = path.suffix.lower() in _FILM_SUFFIXES
    stem = path.stem if known else path.name
    folders = _parents(path)[-parents:] if parents else ()
    ending = f"-{path.suffix[1:].lower()}" if suffix and known else ""
    return _safe("_".join((*folders, stem)) + ending)


def _parents(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path.parent.parts if part not in (path.anchor, "..", "."))


def _safe(label: str) -> str:
    """A label that every file system takes."""
    clean = unicodedata.normalize("NFC", printable(label))
    clean = _UNSAFE.sub("_", clean).strip(" .") or "film"
    if clean.casefold() in _RUN_FILES:
        clean = f"{clean}-film"
    if len(clean.encode("utf-8")) <= _MOST_BYTES:
        return clean
    mark = hashlib.sha256(clean.encode("utf-8")).hexdigest()[:8]
    return clean.encode("utf-8")[: _MOST_BYTES - 9].decode("utf-8", "ignore") + f"-{mark}"


def _owners(path: Path) -> Iterable[str]:
    """The stem whose outputs would bear this film's own name."""
    stem = path.stem
    return (stem.removesuffix(ending) for ending in _OWN_ENDINGS if stem.lower().endswith(ending))


def _free(label: str, taken: set[str]) -> str:
    if _key(label) not in taken:
        return label
    number = 2
    while _key(f"{label}-{number}") in taken:
        number += 1
    return f"{label}-{number}"


def _key(label: str) -> str:
    return unicodedata.normalize("NFC", label).casefold()
