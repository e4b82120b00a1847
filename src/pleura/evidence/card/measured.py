"""An evaluation's metrics.json as the card reads it."""

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pleura.core.errors import ModelFileError
from pleura.evidence.card.record import Record
from pleura.evidence.figures.estimate import Estimate

_REMEDY = "Give the metrics.json that `pleura evaluate` wrote of this very model."


class _Part(BaseModel):
    """A part of the document; keys that a card has no use for are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Said(_Part):
    """One figure: its value with a 95 % interval, null where undefined, and the films and patients it rests on."""

    value: float | None
    low: float | None = None
    high: float | None = None
    cases: int
    patients: int | None = None

    def estimate(self) -> Estimate:
        """The same with NaN where undefined."""
        value, low, high = (math.nan if part is None else part for part in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.cases, self.patients)


class Group(_Part):
    """A stratum."""

    axis: str
    name: str
    films: int
    patients: int | None = None
    present: int
    figures: dict[str, Said]


class Judged(_Part):
    """The model that was judged."""

    name: str
    version: str
    sha256: str


class Who(_Part):
    """The reader: a model, at the decision that it holds or cross-fitted."""

    kind: Literal["fixed", "cross-fit"]
    model: Judged


class Films(_Part):
    """The data set that it was judged on, how many of its films, how many with a pneumothorax and seen before."""

    name: str
    sha256: str
    films: int
    patients: int
    present: int
    seen: int = 0


class Measured(_Part):
    """An evaluation of a model."""

    format: Literal["pleura.metrics/2"]
    reader: Who
    data: Films
    warnings: tuple[str, ...] = ()
    figures: Annotated[dict[str, Said], Field(min_length=1)]
    strata: tuple[Group, ...] = ()


def metrics_beside(model: Path) -> Path:
    """Where the evaluation of a model lies that ships with it: `default.onnx` has `default.metrics.json`."""
    return model.with_name(f"{model.stem}.metrics.json")


def read_measured(path: Path, record: Record) -> Measured:
    """Read metrics.json.

    Raises:
        ModelFileError: it cannot be read, is no evaluation of a model, or is one of another model than the record's.
    """
    try:
        measured = Measured.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise ModelFileError(path, f"is no evaluation of a model: {where}: {first['msg']}", _REMEDY) from error
    if measured.reader.model.sha256 != record.sha256:
        reason = f"judges a model with sha256 {measured.reader.model.sha256}, and {record.file} has {record.sha256}"
        raise ModelFileError(path, reason, _REMEDY)
    return measured
