"""Training data and procedure of a network, as its recipe and record have them."""

from collections.abc import Mapping
from typing import Any

from pleura.core.recipe.loss import TERMS
from pleura.core.spec import TrainingRecord
from pleura.evidence.card.record import Network

_MILLION = 1e6
_LEAST_COUNTED = 1e5


def network_words(network: Network) -> str:
    """Architecture, encoder, weights, channels and side of a network, in a phrase."""
    spec = network.spec
    millions = network.weights / _MILLION
    size = f"{millions:.1f} million weights" if network.weights >= _LEAST_COUNTED else f"{network.weights} weights"
    channels = "one channel" if spec.input.channels == 1 else f"{spec.input.channels} channels"
    heads = f", with the heads {', '.join(spec.heads)}" if spec.heads else ""
    return f"{spec.architecture}, {size}, {channels}, {spec.input.side} x {spec.input.side}{heads}"


def training_rows(record: TrainingRecord) -> list[tuple[str, str]]:
    """Names and values of what is recorded; a recipe of an older version may lack a key, which then has no row."""
    recipe = record.recipe
    rows = [
        ("recipe", _joined(recipe, "name", "summary")),
        ("films", f"data set `{record.data_name}`, sha256 `{record.data_sha256}`"),
        ("loss", _loss(recipe.get("loss", {}))),
        ("stages", _stages(recipe.get("stages", ()))),
        ("optimiser", _optimiser(recipe.get("optimiser", {}))),
        ("chosen by", _text(recipe.get("validation", {}).get("monitor"))),
        ("seed", _text(recipe.get("seed"))),
        ("precision", _text(recipe.get("precision"))),
        ("epochs", f"{record.epochs}, checkpoint `{record.checkpoint}`"),
        ("started from", f"checkpoint sha256 `{record.started_from}`" if record.started_from else ""),
        ("soft targets", f"round {record.soft.round}, sha256 `{record.soft.sha256}`" if record.soft else ""),
        ("films without labels", f"sha256 `{record.unlabelled}`" if record.unlabelled else ""),
        ("software", _software(record)),
    ]
    return [(name, value) for name, value in rows if value]


def cost_words(record: TrainingRecord) -> str:
    """What the record tells of the machine; hours and energy are in no record."""
    device = record.device or "unknown"
    threads = "" if record.threads is None else f", {record.threads} threads"
    return f"{record.epochs} epochs; device {device}{threads}. Hours and energy are not in the record."


def _joined(recipe: Mapping[str, Any], *keys: str) -> str:
    return ": ".join(str(recipe[key]) for key in keys if recipe.get(key))


def _loss(loss: Mapping[str, Any]) -> str:
    """The terms by weight; a key that holds no number says how a term is taken, and is left to the recipe."""
    return " + ".join(f"{loss[name]:g} {name}" for name in TERMS if loss.get(name))


def _stages(stages: object) -> str:
    if not isinstance(stages, list | tuple):
        return ""
    return "; ".join(map(_stage, stages))


def _stage(stage: Mapping[str, Any]) -> str:
    rate = f"rate {stage['learning_rate']:g}"
    return f"{stage['epochs']} epochs at {stage['resolution']} px, {rate}, batches of {stage['batch']}"


def _optimiser(optimiser: Mapping[str, Any]) -> str:
    parts = [_text(optimiser.get("name"))]
    if optimiser.get("weight_decay"):
        parts.append(f"weight decay {optimiser['weight_decay']:g}")
    if optimiser.get("ema"):
        parts.append(f"moving average of the weights {optimiser['ema']:g}")
    return ", ".join(filter(None, parts))


def _software(record: TrainingRecord) -> str:
    named = ", ".join(f"{name} {version}" for name, version in sorted(record.libraries.items()))
    return f"pleura {record.code_version}" + (f", {named}" if named else "")


def _text(value: object) -> str:
    return "" if value is None else f"{value}"
