"""What a data set says about itself: `dataset.json`, where what is unknown stands in writing."""

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from pleura.core.errors import DatasetError
from pleura.core.strict import Strict

RECORD = "dataset.json"
CASES = "cases.csv"
TRUTH = "truth.csv"
IMAGES = "images.npy"
MASKS = "masks.npy"
FILES = (CASES, TRUTH, IMAGES, MASKS)
LUNGS = "lungs"
"""The importer whose masks outline lungs and no pneumothorax."""


REFUSED = "refused: "
"""How the reason begins why a film that cannot be read was left out."""


class LeftOut(Strict):
    """A film of the source that the data set does not hold, and why."""

    id: str
    reason: str


class Counts(Strict):
    """How many: films, patients (or stand-in groups), films with a mask that is not empty, films a split."""

    films: int
    patients: int
    present: int
    splits: dict[str, int]


class DatasetRecord(Strict):
    """The record of a data set.

    Attributes:
        format: version of the folder's layout.
        name: the folder's name.
        kind: which importer made it.
        source: absolute path of the folder of films.
        side: rows and columns of the stored pixels and masks.
        seed: of the split.
        code_version: pleura's version.
        sha256: over the lines `<sha256>  <file>` of `files`: names table and pixels together.
        files: hex SHA-256 of each file.
        counts: films, patients, positives and split sizes.
        unknown: for each column, how many films have no value.
        rows_without_film: rows of the truth table (or masks) without a film.
        labelled: whether the truths say anything; films of a set without labels are neither positive nor negative.
        displayed: films whose grey values are stored under their header's display curve.
        left_out: films refused or left out on request.
        notes: how truth, lengths and groups were taken.
    """

    format: Literal[1] = 1
    name: str
    kind: str
    source: str
    side: int
    seed: int
    code_version: str
    sha256: str
    files: dict[str, str]
    counts: Counts
    unknown: dict[str, int]
    rows_without_film: int
    labelled: bool = True
    displayed: int = 0
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]

    @property
    def outlined(self) -> str:
        """What its masks outline, as a sentence says it."""
        return "outlined lungs" if self.kind == LUNGS else "a pneumothorax"


def read_record(folder: Path) -> DatasetRecord:
    """Read `dataset.json` of a data set's folder.

    Raises:
        DatasetError: there is none, or it is not valid.
    """
    path = folder / RECORD
    try:
        return DatasetRecord.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = f"is no data set: {RECORD} cannot be read ({error.strerror})"
        raise DatasetError(folder, reason, "Make one with `pleura prepare`.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise DatasetError(path, f"{where}: {first['msg']}", "Run `pleura prepare` again.") from error
