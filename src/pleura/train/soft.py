"""Soft targets: what a model said of films, kept as a folder that training reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from pleura.core.errors import DatasetError
from pleura.core.files import sha256_of
from pleura.core.spec import DecisionSpec, SoftOrigin
from pleura.core.strict import Fraction, Strict
from pleura.data.tables import Table, table_bytes

RECORD, FILMS, MAPS = "soft.json", "films.csv", "maps.npy"
COLUMNS = ("id", "sha256", "kept", "present", "score", "label", "agreement")
_AGAIN = "Run `pleura pseudo` again."


class SoftRecord(Strict):
    """The record of a folder of soft targets.

    Attributes:
        format: version of the folder's layout.
        model: name of the model or blend that spoke, and `version` its version.
        origin: hash of the folder's files, round, and the models of all rounds.
        decision: under which films were told apart.
        data_name: the data set whose films it spoke of, and `data_sha256` its hash.
        data_folder: where that data set was.
        side: rows and columns of the maps.
        agreement: what the filter asked for.
        kept: films kept, of which `kept_present` were found to have a pneumothorax.
        refused: films that the filter refused.
        files: hex SHA-256 of each file.
        code_version: pleura's version.
    """

    format: Literal[1] = 1
    model: str
    version: str
    origin: SoftOrigin
    decision: DecisionSpec
    data_name: str
    data_sha256: str
    data_folder: str
    side: Annotated[int, Field(ge=1)]
    agreement: Fraction
    kept: int
    kept_present: int
    refused: int
    files: dict[str, str]
    code_version: str


@dataclass(frozen=True)
class SoftFilm:
    """What was said of one film, beside its map.

    Attributes:
        id: of the film in its data set.
        sha256: of the film's file.
        kept: whether the filter let it pass.
        present: the decision.
        score: the image-level score in [0, 1].
        label: the probability that a pneumothorax is there, from a label head; without one, 1 or 0 as decided.
        agreement: mean Dice of the outlines of those asked, in [0, 1].
    """

    id: str
    sha256: str
    kept: bool
    present: bool
    score: float
    label: float
    agreement: float


def films_csv(films: Sequence[SoftFilm]) -> bytes:
    """The table of films, a row each."""
    return table_bytes(COLUMNS, [[_cell(getattr(film, name)) for name in COLUMNS] for film in films])


def _cell(value: str | float | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@dataclass(frozen=True, eq=False)
class SoftSet:
    """A folder made by `pleura pseudo`: its record, its films, and `maps`, (N, side, side) uint8, memory-mapped."""

    folder: Path
    record: SoftRecord
    films: tuple[SoftFilm, ...]
    maps: NDArray[np.uint8]


def load_soft(folder: Path) -> SoftSet:
    """Open a folder of soft targets; its table is checked by hash, its maps by shape.

    Raises:
        DatasetError: no such folder, or its files do not belong together.
    """
    try:
        record = SoftRecord.model_validate_json((folder / RECORD).read_bytes())
        maps = np.load(folder / MAPS, mmap_mode="r", allow_pickle=False)
        changed = sha256_of(folder / FILMS) != record.files[FILMS]
    except OSError as error:
        reason = f"holds no soft targets: {Path(error.filename or RECORD).name} cannot be read ({error.strerror})"
        raise DatasetError(folder, reason, "Make them with `pleura pseudo`.") from error
    except (ValidationError, ValueError, KeyError) as error:
        raise DatasetError(folder, f"holds no valid {RECORD} or {MAPS}", _AGAIN) from error
    if changed:
        raise DatasetError(folder / FILMS, "was changed since it was written", _AGAIN)
    films = tuple(_film(row) for row in Table.read(folder / FILMS, required=COLUMNS).rows)
    if maps.shape != (len(films), record.side, record.side) or maps.dtype != np.uint8:
        raise DatasetError(folder / MAPS, f"is {maps.dtype} {maps.shape}, the table has {len(films)} films", _AGAIN)
    return SoftSet(folder, record, films, maps)


def _film(row: dict[str, str]) -> SoftFilm:
    score, label, agreement = (float(row[name]) for name in ("score", "label", "agreement"))
    return SoftFilm(row["id"], row["sha256"], row["kept"] == "1", row["present"] == "1", score, label, agreement)
