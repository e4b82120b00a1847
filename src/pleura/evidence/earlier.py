"""What an earlier evaluation said of the outlines in its folder: its warnings stay with them."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from pleura.core.errors import DatasetError

METRICS = "metrics.json"


class _Part(BaseModel):
    """A part of the document; keys that are of no use here are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Reader(_Part):
    title: str
    kind: str


class _Data(_Part):
    sha256: str
    seen: int = 0


class Earlier(_Part):
    """The metrics.json that `pleura evaluate` wrote beside outlines."""

    format: Literal["pleura.metrics/2"]
    reader: _Reader
    data: _Data
    warnings: tuple[str, ...] = ()


class _Format(_Part):
    format: str = ""


def read_earlier(folder: Path) -> Earlier | None:
    """The evaluation that left a folder of outlines; None where another tool wrote them.

    Outlines of a model that saw the films look like anyone's: judged again without this they would lose their mark.

    Raises:
        DatasetError: there is one, but it is damaged or of another version of pleura.
    """
    path = folder / METRICS
    if not path.is_file():
        return None
    content = path.read_bytes()
    try:
        if not _Format.model_validate_json(content).format.startswith("pleura.metrics/"):
            return None
    except ValidationError:
        return None
    try:
        return Earlier.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"cannot be read as an evaluation: {'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise DatasetError(path, reason, "Evaluate again, or remove it: then no warning of it is kept.") from error
