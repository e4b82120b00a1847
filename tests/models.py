"""Small real networks for tests: bright is positive."""

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from pleura.core.spec import Contrast, DecisionSpec, InputSpec, ModelSpec
from pleura.runtime import Model, write_model

SIDE = 64


def make_spec(side=SIDE, channels=1, decision=None, name="bright", heads=(), **changes):
    """The spec of such a network; `changes` go to its input spec."""
    spec = InputSpec(
        side=side,
        channels=channels,
        contrast=Contrast(kind="declared"),
        mean=(0.5,) * channels,
        std=(0.25,) * channels,
        **changes,
    )
    return ModelSpec(
        name=name,
        version="1.0",
        architecture="one convolution",
        heads=heads,
        input=spec,
        decision=decision or DecisionSpec(rule="triplet", bottom=0.5, top=0.7, area=600, removal=0),
        training=None,
    )


def make_network(side=SIDE, channels=1, batch="films", tilt=0.0, heads=()):
    """One 3 x 3 convolution: the mean grey of the neighbourhood; `tilt` weighs its columns unevenly.

    The label is the mean logit, and the signed distance falls where the logits rise. A side of None is left free.
    """
    weights = np.full((1, channels, 3, 3), 2 / (9 * channels), dtype=np.float32)
    weights[..., 0] -= tilt
    weights[..., 2] += tilt
    plane = ["rows", "columns"] if side is None else [side, side]
    nodes = {
        "label": helper.make_node("ReduceMean", ["logits", "axes"], ["label"], keepdims=0),
        "distance": helper.make_node("Softsign", ["minus"], ["distance"]),
    }
    minus = [helper.make_node("Neg", ["logits"], ["minus"])] if "distance" in heads else []
    axes = [numpy_helper.from_array(np.array([1, 2, 3]), "axes")] if "label" in heads else []
    shapes = {"label": [batch], "distance": [batch, 1, *plane]}
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["film", "weights", "bias"], ["logits"], pads=[1, 1, 1, 1]),
            *minus,
            *(nodes[head] for head in heads),
        ],
        "bright",
        [helper.make_tensor_value_info("film", TensorProto.FLOAT, [batch, channels, *plane])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [batch, 1, *plane]),
            *(helper.make_tensor_value_info(head, TensorProto.FLOAT, shapes[head]) for head in heads),
        ],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([-1.0], dtype=np.float32), "bias"),
            *axes,
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)


def make_model(path: Path, decision=None, tilt=0.0, side=SIDE, name="bright", heads=()) -> Model:
    """Write a small one-channel model."""
    spec = make_spec(side, decision=decision, name=name, heads=heads)
    return write_model(make_network(side, tilt=tilt, heads=heads), spec, path)
