"""What a model file or a blend says of itself, in one form for the card."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import onnx

from pleura.core.calibration import Calibration, CalibrationRecord
from pleura.core.rule_out import RuleOut
from pleura.core.spec import DecisionSpec, ModelSpec, TuningRecord
from pleura.runtime import Blend, Model


@dataclass(frozen=True)
class Network:
    """One network: its spec, its role and share in a blend ("" and 1 alone), and how many weights it has."""

    spec: ModelSpec
    role: str
    share: float
    weights: int


@dataclass(frozen=True)
class Record:
    """What a card is written from.

    Attributes:
        name: of the model or blend.
        version: its version.
        file: its file's name.
        sha256: of that file.
        decision: how it decides.
        tuning: the films that the decision was fitted on, if they are recorded.
        calibration: how its score becomes a probability, or None.
        calibration_record: where that was fitted.
        figures: its own figures, by set.
        networks: at least one.
        first: those that may settle a film alone, by their names, and when they do.
    """

    name: str
    version: str
    file: str
    sha256: str
    decision: DecisionSpec
    tuning: TuningRecord | None
    calibration: Calibration | None
    calibration_record: CalibrationRecord | None
    figures: Mapping[str, Mapping[str, float]]
    networks: tuple[Network, ...]
    first: Mapping[str, RuleOut]

    @property
    def is_blend(self) -> bool:
        """Whether several networks read a film together."""
        return len(self.networks) > 1

    @property
    def licences(self) -> tuple[str, ...]:
        """Licences of the networks, each once."""
        return tuple(dict.fromkeys(network.spec.licence for network in self.networks))

    @property
    def intended_uses(self) -> tuple[str, ...]:
        """What the networks state of their use, each once."""
        return tuple(dict.fromkeys(network.spec.intended_use for network in self.networks))


def record_of(model: Model | Blend) -> Record:
    """Gather what a model or blend says of itself."""
    spec = model.spec
    return Record(
        name=spec.name,
        version=spec.version,
        file=model.path.name,
        sha256=model.sha256,
        decision=spec.decision,
        tuning=spec.tuning,
        calibration=spec.calibration,
        calibration_record=spec.calibration_record,
        figures=spec.figures,
        networks=_networks(model),
        first={} if isinstance(model, Model) else {single.spec.name: rule for single, rule in model.first},
    )


def _networks(model: Model | Blend) -> tuple[Network, ...]:
    if isinstance(model, Model):
        return (Network(model.spec, "", 1.0, _weights(model)),)
    roles = dict.fromkeys(member.role for member in model.spec.members)
    return tuple(
        Network(single.spec, role, share, _weights(single)) for role in roles for single, share in model.cast(role)
    )


def _weights(model: Model) -> int:
    """Floating-point numbers in the file, batch normalisation folded in as the file has it."""
    graph = onnx.load_model_from_string(model.content).graph
    kinds = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16)
    return sum(math.prod(tensor.dims) for tensor in graph.initializer if tensor.data_type in kinds)
