"""The block of metadata at the head of a card, as the Hugging Face hub reads it (model card specification, 2024)."""

import json
import re
from collections.abc import Mapping, Sequence

from pleura.evidence.card.record import Record
from pleura.evidence.card.text import CardText

Scalar = str | int | float | bool
Node = Scalar | Sequence["Node"] | Mapping[str, "Node"]

_TAGS = ("medical", "radiology", "chest-x-ray", "pneumothorax", "image-segmentation", "onnx")
_TASK = {"type": "image-segmentation", "name": "pneumothorax segmentation"}
_PLAIN = re.compile(r"[a-z][a-z0-9_.-]*")
_NOT_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
"""Words that some version of YAML takes for something else."""
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def metadata_block(record: Record, text: CardText, results: Mapping[str, Mapping[str, float]]) -> str:
    """The block between its two rules.

    Args:
        record: the model's own.
        text: its hand-written part.
        results: defined figures by the set of films they were taken on.
    """
    content: dict[str, Node] = {
        **_licence(record.licences),
        "library_name": "pleura",
        "pipeline_tag": "image-segmentation",
        "tags": [*dict.fromkeys((*_TAGS, *text.tags))],
    }
    if text.datasets:
        content["datasets"] = list(text.datasets)
    shown = {name: figures for name, figures in results.items() if figures}
    if shown:
        content["metrics"] = list(dict.fromkeys(figure for figures in shown.values() for figure in figures))
        content["model-index"] = [
            {"name": record.name, "results": [_result(name, figures) for name, figures in shown.items()]}
        ]
    return "\n".join(["---", *_mapping(content, 0), "---"])


def _licence(licences: Sequence[str]) -> dict[str, Node]:
    """A licence by its SPDX name as the hub writes it; anything else is `other`, with its words."""
    if len(licences) == 1 and _SPDX.fullmatch(licences[0]):
        return {"license": licences[0].lower()}
    return {"license": "other", "license_name": "; ".join(licences)}


def _result(name: str, figures: Mapping[str, float]) -> Mapping[str, Node]:
    metrics: list[Node] = [{"type": figure, "value": round(value, 4)} for figure, value in figures.items()]
    return {"task": _TASK, "dataset": {"name": name, "type": "private"}, "metrics": metrics}


def _mapping(content: Mapping[str, Node], depth: int) -> list[str]:
    """A YAML mapping, a line each; every text is quoted as JSON, which YAML 1.2 reads as it stands."""
    lines = []
    for key, value in content.items():
        start = f"{'  ' * depth}{key}:"
        if isinstance(value, Mapping):
            lines += [start, *_mapping(value, depth + 1)]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            lines += [start, *(line for item in value for line in _item(item, depth))]
        else:
            lines.append(f"{start} {_scalar(value)}")
    return lines


def _item(item: Node, depth: int) -> list[str]:
    if not isinstance(item, Mapping):
        if not isinstance(item, str | int | float):
            raise TypeError("a list stands in a mapping, not in a list")
        return [f"{'  ' * depth}- {_scalar(item)}"]
    first, *others = _mapping(item, depth + 1)
    return [f"{'  ' * depth}- {first.lstrip()}", *others]


def _scalar(value: Scalar) -> str:
    """A plain word as it is, anything else as JSON."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _NOT_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
