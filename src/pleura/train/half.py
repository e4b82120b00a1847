"""Weights kept in half precision inside a model file: half its size; the engines compute as before."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pleura.core.errors import TrainingError

_LEAST = 256
"""Values from which a tensor is worth a cast; scales, biases and shapes stay as they are."""


def store_half(graph: onnx.ModelProto) -> onnx.ModelProto:
    """The same network with its large float32 tensors stored as float16, each widened again when it is loaded.

    Rounding costs up to a two-thousandth of a weight; whether anyone would notice is for the parity check to say.

    Raises:
        TrainingError: a weight is too large for half precision (65,504).
    """
    half = onnx.ModelProto()
    half.CopyFrom(graph)
    casts = []
    for tensor in half.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _LEAST:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise TrainingError(f"{tensor.name} holds a weight beyond half precision", "Export without --half.")
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    rest = list(half.graph.node)
    del half.graph.node[:]
    half.graph.node.extend([*casts, *rest])
    return half
