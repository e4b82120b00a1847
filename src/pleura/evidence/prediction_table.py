"""`predictions.csv`: outlines as run-length code, with what else was said of each film."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import DatasetError
from pleura.core.rle import EMPTY
from pleura.data.tables import Table, table_bytes

PREDICTIONS = "predictions.csv"
COLUMNS = ("image_id", "EncodedPixels", "score", "probability", "present")
_KAGGLE_ID = "ImageId"
_YES_NO = {"0": False, "1": True, "": None}


@dataclass(frozen=True)
class Prediction:
    """What was said of one film; what was not said is None, and no code at all is an empty outline.

    Attributes:
        id: of the film.
        codes: run-length codes whose union is the outline, down the columns first.
        score: image-level score in [0, 1].
        probability: calibrated probability in [0, 1].
        present: the decision, where it is not simply whether the outline holds anything.
    """

    id: str
    codes: tuple[str, ...] = ()
    score: float | None = None
    probability: float | None = None
    present: bool | None = None


def run_path(folder: Path, run: int) -> Path:
    """The table of one run, counted from 0: the first is `predictions.csv`, the second `predictions-2.csv`."""
    path = folder / PREDICTIONS
    return path if run == 0 else path.with_stem(f"{path.stem}-{run + 1}")


def run_paths(folder: Path) -> list[Path]:
    """The tables of all runs in a folder, in order; none where there is no `predictions.csv`."""
    found: list[Path] = []
    while (path := run_path(folder, len(found))).is_file():
        found.append(path)
    return found


def read_predictions(path: Path) -> dict[str, Prediction]:
    """Read a table by film id; several rows of a film are united, as in the challenge's own table.

    Raises:
        DatasetError: a column is missing, a number is none or outside [0, 1], or rows of one film disagree.
    """
    table = Table.read(path, required=("EncodedPixels",))
    key = next((name for name in (COLUMNS[0], _KAGGLE_ID) if name in table.columns), None)
    if key is None:
        raise DatasetError(path, f"has no column {COLUMNS[0]!r}", "Check the header line.")
    found: dict[str, Prediction] = {}
    for row in table.rows:
        one = _prediction(path, row, key)
        before = found.get(one.id)
        if before is None:
            found[one.id] = one
            continue
        if (before.score, before.probability, before.present) != (one.score, one.probability, one.present):
            reason = f"rows of the film {one.id!r} differ in score, probability or present"
            raise DatasetError(path, reason, "Say the same in each of its rows.")
        codes = (*before.codes, *one.codes)
        found[one.id] = Prediction(one.id, codes, one.score, one.probability, one.present)
    return found


def predictions_csv(predictions: Iterable[Prediction]) -> bytes:
    """The table that `read_predictions` reads; numbers keep all their digits."""
    return table_bytes(COLUMNS, (_row(prediction) for prediction in predictions))


def _row(prediction: Prediction) -> Sequence[str]:
    said = (prediction.score, prediction.probability)
    present = "" if prediction.present is None else str(int(prediction.present))
    code = " ".join(prediction.codes) or EMPTY
    return prediction.id, code, *("" if value is None else repr(value) for value in said), present


def _prediction(path: Path, row: dict[str, str], key: str) -> Prediction:
    code, present = row["EncodedPixels"], row.get("present", "")
    if present not in _YES_NO:
        raise DatasetError(path, f"film {row[key]!r}: present is {present!r}", "Write 0 or 1, or leave it empty.")
    return Prediction(
        id=row[key],
        codes=() if code in (EMPTY, "") else (code,),
        score=_share(path, row, key, "score"),
        probability=_share(path, row, key, "probability"),
        present=_YES_NO[present],
    )


def _share(path: Path, row: dict[str, str], key: str, name: str) -> float | None:
    cell = row.get(name, "")
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        remedy = "Bring it to [0, 1] by any rising function: only its order and its calibration are judged."
        raise DatasetError(path, f"film {row[key]!r}: {name} is {cell!r}, no number from 0 to 1", remedy)
    return value
