"""What the OpenAPI document promises, asked of the living service by schemathesis."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from load.lines import Line
from load.plan import Bench
from load.service import Serving, running

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_NAME = "schemathesis over the OpenAPI document"
_SPARE_S = 120.0
LEFT_OUT = ("/events", "/dicomweb/studies")
"""Streams of events have no end, and schemathesis cannot write the parts of STOW-RS."""


def measure(bench: Bench) -> list[Line]:
    """Requests made from the document, sound and unsound, for as long as the plan says."""
    with running() as serving:
        found = ask(serving, bench.plan.contract)
    if found.failures:
        print(found.output, flush=True)
    return [
        Line(_NAME, "operations", found.operations),
        Line(_NAME, "requests", found.requests),
        Line(_NAME, "5xx, and answers that are not as documented", found.failures, least=0, most=0),
    ]


@dataclass(frozen=True)
class Found:
    """What schemathesis asked, what of the answers was wrong, and its own words."""

    operations: int
    requests: int
    failures: int
    output: str


def ask(
    serving: Serving, seconds: float, leave_out: tuple[str, ...] = LEFT_OUT, examples: int | None = None
) -> Found:
    """Run schemathesis on all paths but those whose end is left out.

    Args:
        serving: who answers.
        seconds: how long it goes on asking.
        leave_out: ends of paths.
        examples: of each operation, drawn alike every time and without a look at the clock; None asks as many as the
            time is enough for, and the bounds of all values too.
    """
    timed = ("--phases", "examples,coverage,fuzzing", "--max-time", str(int(seconds)))
    counted = ("--phases", "examples,fuzzing", "--max-examples", str(examples))
    program = Path(sys.executable).parent / "schemathesis"
    with TemporaryDirectory(prefix="contract-") as place:
        told = Path(place) / "found.json"
        command = [
            *(program, "run", f"{serving.http.base_url}/api/v1/openapi.json", "--checks", ",".join(CHECKS)),
            *("--seed", "0", *(timed if examples is None else counted)),
            *("--exclude-path-regex", f"({'|'.join(leave_out)})$", "--request-timeout", "30"),
            *("--continue-on-failure", "--suppress-health-check", "all"),
            *("--report", "json", "--report-json-path", told),
        ]
        run = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=seconds + _SPARE_S)
        report = json.loads(told.read_text("utf-8"))
    cases = report["test_cases"]
    failures = cases["with_failures"] + cases["errored"]
    return Found(report["operations"]["tested"], cases["generated"], failures, run.stdout + run.stderr)
