"""What was measured as one JSON document."""

from dataclasses import asdict
from typing import Any

from pleura.bench.machine import machine
from pleura.bench.measure import Bench

FORMAT = "pleura.bench/1"
_KEPT = ("what", "value", "least", "most", "unit")


def bench_document(bench: Bench) -> dict[str, Any]:
    """Rows, warnings and the recommendation, as plain JSON values; seconds and MB of 2**20 bytes."""
    best = bench.recommended
    return {
        "format": FORMAT,
        "machine": machine(),
        "model": bench.model,
        "rows": [{name: value for name, value in asdict(row).items() if name in _KEPT} for row in bench.rows],
        "warnings": bench.warnings,
        "recommended": None if best is None else best.model_dump(mode="json"),
    }
