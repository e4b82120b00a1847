"""The published form of what pleura writes as JSON (JSON Schema, draft 2020-12)."""

import json
from importlib.resources import files
from typing import Any

FINDING_SCHEMA = "finding.schema.json"


def finding_schema() -> dict[str, Any]:
    """The JSON Schema of a finding, as `document_of` gives it and `pleura predict` writes it."""
    schema: dict[str, Any] = json.loads(files(__package__).joinpath(FINDING_SCHEMA).read_text("utf-8"))
    return schema
