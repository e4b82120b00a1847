"""How many multiply-adds a network takes a film, counted from its ONNX graph."""

import math
from collections.abc import Mapping

import onnx

from pleura.core.patches import patch_windows
from pleura.core.spec import DecisionSpec
from pleura.runtime import Blend, Model, parts_of

Shapes = Mapping[str, tuple[int, ...]]
_QUANTISED = {"QLinearConv": 3, "ConvInteger": 1}
"""Convolutions in whole numbers, and where among their inputs the weights stand."""


def film_multiply_adds(model: Model | Blend) -> int:
    """Multiply-adds of one film that every network reads, all looks at it included.

    Networks of the role `lungs` count where a member crops to the lungs, and so do those of the role `rule-out`.
    """
    return sum(member_multiply_adds(*part) for part in parts_of(model))


def member_multiply_adds(model: Model, decision: DecisionSpec) -> int:
    """Multiply-adds of one film under a decision, which says how often the network looks at it."""
    spec = model.spec.input
    whole = 0
    for scale in decision.scales:
        scaled = spec.at_scale(scale)
        windows = 1 if scaled.patch is None else len(patch_windows(scaled.side, scaled.patch))
        whole += windows * network_multiply_adds(model.content, scaled.network_side)
    return whole * (2 if decision.tta == "flip" else 1)


def network_multiply_adds(content: bytes, side: int) -> int:
    """Multiply-adds of an ONNX network for one film of `side` x `side` pixels.

    Counted are convolutions and matrix products, which are all but some percent of a network's work; a bias, a sum,
    an activation and a resampling are not.
    """
    network = onnx.load_model_from_string(content)
    for end in network.graph.input:
        _pin(end, side)
    for axis in (axis for end in network.graph.output for axis in end.type.tensor_type.shape.dim):
        axis.Clear()  # what is found out by inference must not meet the sizes of another side
    del network.graph.value_info[:]
    network = onnx.shape_inference.infer_shapes(network, data_prop=True)
    shapes = {value.name: _sizes(value) for value in (*network.graph.value_info, *network.graph.input)}
    shapes |= {value.name: _sizes(value) for value in network.graph.output}
    shapes |= {tensor.name: tuple(tensor.dims) for tensor in network.graph.initializer}
    return sum(_of_node(node, shapes) for node in network.graph.node)


def _pin(end: onnx.ValueInfoProto, side: int) -> None:
    """Give the input its sizes: one film, and planes of `side`."""
    for place, axis in enumerate(end.type.tensor_type.shape.dim):
        if place == 0:
            axis.dim_value = 1
        elif place >= 2:
            axis.dim_value = side


def _sizes(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    return tuple(axis.dim_value for axis in value.type.tensor_type.shape.dim)


def _of_node(node: onnx.NodeProto, shapes: Shapes) -> int:
    if node.op_type == "Conv" or node.op_type in _QUANTISED:
        weights = shapes[node.input[_QUANTISED.get(node.op_type, 1)]]
        return math.prod(shapes[node.output[0]]) * math.prod(weights[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(shapes[node.input[0]]) * math.prod(shapes[node.input[1]][1:])
    if node.op_type in ("MatMul", "Gemm"):
        first = shapes[node.input[0]]
        turned = any(attribute.name == "transA" and attribute.i for attribute in node.attribute)
        return math.prod(shapes[node.output[0]]) * (first[0] if turned else first[-1])
    return 0
