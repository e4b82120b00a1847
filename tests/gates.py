"""Small real gates for tests: each says the same of every picture."""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from pleura.core.gate import GATE_HEADS, GateRecord, GateSpec, SetPoints
from pleura.core.spec import Contrast, InputSpec
from pleura.core.types import Radiograph, Source, View
from pleura.predict.gate import Gate
from pleura.runtime import EngineChoice
from pleura.runtime.gatefile import GateFile, write_gate

SIDE = 32
POINTS = SetPoints(frontal=0.6, view=0.9, turn=0.5, mirrored=0.9, inverted=0.5)
USUAL = {"frontal": (5.0,), "pa": (4.0,), "turn": (6.0, 0.0, 0.0, 0.0), "mirrored": (-5.0,), "inverted": (-5.0,)}
"""Logits of an upright PA film."""


def gate_spec(points=POINTS, side=SIDE) -> GateSpec:
    """The spec of such a gate."""
    record = GateRecord(
        pictures={"a": 1}, set_on={"a": 1}, data_sha256={}, encoder="none", seed=0, code_version="0", libraries={}
    )
    spread = InputSpec(side=side, channels=1, contrast=Contrast(kind="percentile"), mean=(0.5,), std=(0.5,))
    return GateSpec(name="gate", version="1.0", input=spread, points=points, training=record)


def gate_network(side=SIDE, heads=GATE_HEADS, **logits) -> ModelProto:
    """A network that answers with these logits, whatever it sees; those not named are `USUAL`."""
    told = {**USUAL, **logits}
    nodes = [
        helper.make_node("ReduceMean", ["film", "axes"], ["mean"], keepdims=1),
        _node("Mul", "mean", "none", "no"),
    ]
    nodes.append(_node("Reshape", "no", "column", "nothing"))
    values = [_tensor("axes", [1, 2, 3], np.int64), _tensor("none", [0.0]), _tensor("column", [-1, 1], np.int64)]
    values.append(_tensor("flat", [-1], np.int64))
    outputs = []
    for head in heads:
        wide = len(told[head]) > 1
        values.append(_tensor(f"{head}_logits", told[head]))
        nodes.append(_node("Add", "nothing", f"{head}_logits", head if wide else f"{head}_column"))
        if not wide:
            nodes.append(_node("Reshape", f"{head}_column", "flat", head))
        shape = ["films", len(told[head])] if wide else ["films"]
        outputs.append(helper.make_tensor_value_info(head, TensorProto.FLOAT, shape))
    film = helper.make_tensor_value_info("film", TensorProto.FLOAT, ["films", 1, side, side])
    graph = helper.make_graph(nodes, "gate", [film], outputs, values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def make_gate_file(path: Path, **logits) -> GateFile:
    """Write such a gate."""
    return write_gate(gate_network(**logits), gate_spec(), path)


def make_gate(folder: Path, **logits) -> Gate:
    """Such a gate, ready to look at films."""
    return Gate(make_gate_file(folder / "gate.onnx", **logits), EngineChoice(engine="onnxruntime", threads=1))


def grey_film(view=View.UNKNOWN, notes=(), pixels=None) -> Radiograph:
    """A film of which only the header matters here."""
    pixels = np.full((80, 90), 0.5, np.float32) if pixels is None else pixels
    return Radiograph(pixels, Source("in/film.png", "film.png", "ab" * 32, "png"), 8, view=view, notes=notes)


def _node(kind, first, second, out):
    return helper.make_node(kind, [first, second], [out])


def _tensor(name, values, kind=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=kind), name)
