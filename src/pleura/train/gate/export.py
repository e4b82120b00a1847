"""From encoder and heads to one file, written only where every engine agrees with torch."""

import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from pleura.core.errors import TrainingError
from pleura.core.files import write_bytes
from pleura.core.gate import GATE_HEADS, GateSpec
from pleura.runtime import EngineChoice, open_engine
from pleura.runtime.gatefile import GateFile, read_gate, write_gate
from pleura.train.export import ENGINES
from pleura.train.gate.network import GateNetwork
from pleura.train.half import store_half
from pleura.train.trace import program_of

_MOST_GAP = 5e-3
"""Of probabilities: half precision moves those in the middle by a thousandth or two."""


def export_gate(network: GateNetwork, spec: GateSpec, path: Path, films: NDArray[np.float32]) -> GateFile:
    """Write a gate with its weights in half precision.

    Args:
        network: encoder and heads.
        spec: goes into the file.
        path: the file.
        films: (N, 1, side, side) inputs on which the engines are held against torch.

    Raises:
        TrainingError: an engine disagrees; nothing is written then.
    """
    return write_checked(store_half(_trace(network, spec)), network, spec, path, films)


def write_checked(
    graph: onnx.ModelProto, network: GateNetwork, spec: GateSpec, path: Path, films: NDArray[np.float32]
) -> GateFile:
    """Write a gate whose graph says what its network says, on either engine.

    Raises:
        TrainingError: an engine disagrees; nothing is written then.
    """
    with torch.inference_mode():
        ours = dict(zip(GATE_HEADS, (values.numpy() for values in network(torch.from_numpy(films))), strict=True))
    with tempfile.TemporaryDirectory() as folder:
        file = write_gate(graph, spec, Path(folder) / "trial.onnx")
        for name in ENGINES:
            said = open_engine(file, EngineChoice(engine=name, precision="float32", device="cpu")).run(films)
            gap = max(float(np.abs(_squashed(ours[head]) - _squashed(said[head])).max()) for head in GATE_HEADS)
            if not gap <= _MOST_GAP:
                reason = f"{path}: {name} strays from torch by {gap:.4f} in a probability"
                raise TrainingError(reason, "Nothing was written; try the versions of the lock file.")
    write_bytes(path, file.content)
    return read_gate(path)


def _trace(network: GateNetwork, spec: GateSpec) -> onnx.ModelProto:
    dummy = torch.zeros(2, spec.input.channels, spec.input.side, spec.input.side)
    return program_of(network, {"film": dummy}, {0: torch.export.Dim("films")}, GATE_HEADS).model_proto


def _squashed(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -50, 50))))
