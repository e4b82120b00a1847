"""One ONNX file is one gate: its network, and in its metadata the spec with its set points."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import onnx

from pleura.core.errors import ModelFileError
from pleura.core.files import write_bytes
from pleura.core.gate import GATE_HEADS, TURNS, GateSpec
from pleura.runtime.metadata import parse_network, spec_under
from pleura.runtime.modelfile import INPUT

GATE_KEY = "pleura-gate"
_REMEDY = "Give a gate that `benchmarks/train_gate.py` wrote, or read without one: --no-gate."


@dataclass(frozen=True)
class GateFile:
    """One gate's file.

    Attributes:
        path: where it lies.
        sha256: of the whole file.
        spec: how to use it.
        content: its bytes.
    """

    path: Path
    sha256: str
    spec: GateSpec
    content: bytes = field(repr=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what the network gives, in the order of the file."""
        return GATE_HEADS


def read_gate(path: Path) -> GateFile:
    """Read a gate and check that it can be used.

    Raises:
        ModelFileError: no such file, no ONNX, no valid spec, or a network whose ends are not those of a gate.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror}", _REMEDY) from error
    network = parse_network(content, path, _REMEDY)
    spec = spec_under(GATE_KEY, network, GateSpec, path, _REMEDY, ": it is no gate")
    _check_ends(network, spec, path)
    return GateFile(path, hashlib.sha256(content).hexdigest(), spec, content)


def write_gate(network: onnx.ModelProto, spec: GateSpec, path: Path) -> GateFile:
    """Write a gate's network and spec as one file; the same network and spec give the same bytes.

    Args:
        network: takes `film`, (N, channels, side, side) float32 with N free, and gives the heads of `GATE_HEADS`.
        spec: how to use it.
        path: the file, replaced whole or not at all.

    Raises:
        ModelFileError: the network's ends are not those of a gate.
    """
    _check_ends(network, spec, path)
    written = onnx.ModelProto()
    written.CopyFrom(network)
    onnx.helper.set_model_props(written, {GATE_KEY: spec.model_dump_json()})
    content = written.SerializeToString(deterministic=True)
    write_bytes(path, content)
    return GateFile(path, hashlib.sha256(content).hexdigest(), spec, content)


def _check_ends(network: onnx.ModelProto, spec: GateSpec, path: Path) -> None:
    """Refuse a network that takes or gives something other than a gate does."""
    constants = {tensor.name for tensor in network.graph.initializer}
    ends = [value for value in network.graph.input if value.name not in constants]
    names = (INPUT, *GATE_HEADS)
    ends += network.graph.output
    if [end.name for end in ends] != list(names):
        reason = f"has {[end.name for end in ends]} where it must have {list(names)}"
        raise ModelFileError(path, reason, _REMEDY)
    side = spec.input.side
    for end in ends:
        rest = {INPUT: [spec.input.channels, side, side], "turn": [len(TURNS)]}.get(end.name, [])
        sizes = [axis.dim_value for axis in end.type.tensor_type.shape.dim]  # 0 stands for a size left free
        if end.type.tensor_type.elem_type != onnx.TensorProto.FLOAT or sizes != [0, *rest]:
            raise ModelFileError(path, f"{end.name} is {sizes}, and a gate's is float32 {[0, *rest]}", _REMEDY)
