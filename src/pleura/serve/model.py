"""What the service says of its model, and what a finding depends on beside its film."""

import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pleura.core.files import sha256_of
from pleura.core.postprocess import presence_threshold
from pleura.predict.gate import SHIPPED_GATE
from pleura.predict.loading import load
from pleura.serve.config import ServeConfig


@dataclass(frozen=True)
class ModelFacts:
    """The model of a service.

    Attributes:
        document: as `/api/v1/model` gives it.
        settings: a text that differs where findings may.
    """

    document: dict[str, Any]
    settings: str


def model_facts(config: ServeConfig) -> ModelFacts:
    """Read them from the model file, without opening the network.

    Raises:
        ModelFileError: no valid model or blend.
    """
    model = load(config.model)
    spec, decision = model.spec, model.spec.decision
    document = {
        "name": spec.name,
        "version": spec.version,
        "sha256": model.sha256,
        "calibrated": spec.calibration is not None,
        "decision": decision.model_dump(mode="json"),
        # Under `distance` the outline is not cut from the probabilities that `probability.png` shows.
        "thresholds": {
            "presence": presence_threshold(decision),
            "outline": None if decision.rule == "distance" else decision.bottom,
        },
        "gate": config.gate,
    }
    gate = sha256_of(SHIPPED_GATE) if config.gate else None
    settings = json.dumps({"model": model.sha256, "gate": gate, "pleura": version("pleura")}, sort_keys=True)
    return ModelFacts(document, settings)
