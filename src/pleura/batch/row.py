"""One film's row of a shard: the place it came from, and what was found on it or why it was refused."""

import json
from typing import Any

import pyarrow as pa

from pleura.core.measures import MEASURES
from pleura.core.types import Finding, Side
from pleura.output.document import document_of
from pleura.output.run import READ, facts_of
from pleura.output.stems import printable

Row = dict[str, Any]
"""Values by column; a column that is not named is null."""

MEASURED = {
    f"{name}_{side.value}": (name, side)
    for name, row in MEASURES.items()
    if row.over == "side" and row.unit
    for side in Side
}
"""Columns of measures, such as `hemithorax_percent_right`, in the units of the table of measures."""

_FACTS = {
    "present": pa.bool_(),
    "score": pa.float64(),
    "threshold": pa.float64(),
    "probability": pa.float64(),
    "calibrated": pa.bool_(),
    "sides": pa.string(),
    "regions": pa.int32(),
    "area_px": pa.int64(),
    "area_cm2": pa.float64(),
    "height": pa.int32(),
    "width": pa.int32(),
    "view": pa.string(),
    "warnings": pa.string(),
}
SCHEMA = pa.schema(
    [
        pa.field("identity", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("sha256", pa.string()),
        *(pa.field(name, kind) for name, kind in _FACTS.items()),
        *(pa.field(name, pa.float64()) for name in MEASURED),
        pa.field("finding", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("remedy", pa.string()),
        pa.field("rle", pa.string()),
        pa.field("seg", pa.string()),
        pa.field("model_sha256", pa.string(), nullable=False),
        pa.field("settings_sha256", pa.string(), nullable=False),
    ]
)
"""`status` is `read`, or the code of the refusal, which has a `reason` and a `remedy` and no figures.

From `present` to `warnings` the columns are those of results.csv; `finding` is the JSON of schema `pleura.finding`;
`rle` and `seg` hold the mask, or where it lies, if that was asked for.
"""


def read_row(finding: Finding, *, rle: str | None = None, seg: str | None = None) -> Row:
    """The row of a film that was read.

    Args:
        finding: what was found.
        rle: its mask as run-length code, or None where it is not wanted.
        seg: the name of its SEG file, or None where there is none.
    """
    facts = facts_of(finding)
    values = {(each.name, each.side): each.value for each in finding.measures}
    document = json.dumps(document_of(finding), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return {
        "status": READ,
        "sha256": finding.film.source.sha256,
        **{name: facts[name] for name in _FACTS},
        **{column: values.get(key) for column, key in MEASURED.items()},
        "finding": document,
        "rle": rle,
        "seg": seg,
    }


def refused_row(code: str, reason: str, remedy: str, sha256: str | None = None) -> Row:
    """The row of a film that was refused; `sha256` is of its content, where that could be had."""
    return {"status": code, "sha256": sha256, "reason": printable(reason), "remedy": printable(remedy)}
