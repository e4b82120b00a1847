"""What an importer hands over: films with their truth and what a table says of them, before any is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pleura.core.errors import DatasetError
from pleura.core.types import Mask, View
from pleura.data.case import Sex
from pleura.image.find import SUFFIXES


class Truth(Protocol):
    """A film's true outline, wherever it is kept."""

    def mask(self, shape: tuple[int, int]) -> Mask:
        """The outline for a film of `shape`, (H, W) bool.

        Raises:
            DatasetError: it cannot be read, or does not fit the film.
        """


@dataclass(frozen=True)
class About:
    """What a table says of a film; None or unknown where it does not.

    `row_mm` and `column_mm` are lengths of a pixel; `extent_mm` is the height and width of the whole film, which a
    table that tells the size of the original gives. It is used where there is no length of a pixel.
    """

    patient: str | None = None
    view: View = View.UNKNOWN
    sex: Sex = "unknown"
    age: float | None = None
    row_mm: float | None = None
    column_mm: float | None = None
    extent_mm: tuple[float, float] | None = None
    site: str = ""


@dataclass(frozen=True)
class Entry:
    """One film to import."""

    id: str
    film: Path
    truth: Truth
    about: About = About()


@dataclass(frozen=True)
class Source:
    """Everything that one importer found.

    Attributes:
        kind: the importer's name.
        folder: every film stands below it.
        entries: films in the order in which they will be stored.
        rows_without_film: truths whose film is not there.
        notes: sentences for the record.
        labelled: whether the truths say anything.
    """

    kind: str
    folder: Path
    entries: tuple[Entry, ...]
    rows_without_film: int = 0
    notes: tuple[str, ...] = ()
    labelled: bool = True


def film_id(path: Path) -> str:
    """A film's id: its name without a known suffix (a study UID's last number is no suffix)."""
    return path.stem if path.suffix.lower() in SUFFIXES else path.name


def films_by_id(films: Sequence[Path]) -> dict[str, Path]:
    """Films under their ids, ordered by id.

    Raises:
        DatasetError: two films have the same id.
    """
    found: dict[str, Path] = {}
    for path in films:
        name = film_id(path)
        if name in found:
            raise DatasetError(path, f"has the same id as {found[name]}", "Give each film a name of its own.")
        found[name] = path
    return dict(sorted(found.items()))
