"""Multiply-adds counted from a graph are those that one counts by hand."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models import make_model, make_network
from pleura.core.spec import DecisionSpec
from pleura.evidence.multiply_adds import film_multiply_adds, network_multiply_adds

ONCE = DecisionSpec(rule="threshold", tta="none")


def test_a_convolution_takes_its_kernel_for_each_pixel():
    assert network_multiply_adds(make_network(64, channels=3).SerializeToString(), 64) == 64 * 64 * 27


@pytest.mark.parametrize("side", [32, 96])
def test_a_network_of_free_side_is_counted_at_the_side_asked_for(side):
    assert network_multiply_adds(make_network(None).SerializeToString(), side) == side * side * 9


@pytest.mark.parametrize(
    ("decision", "looks"),
    [
        pytest.param(ONCE, 1, id="one look"),
        pytest.param(ONCE.model_copy(update={"tta": "flip"}), 2, id="mirrored too"),
    ],
)
def test_every_look_counts(tmp_path, decision, looks):
    assert film_multiply_adds(make_model(tmp_path / "m.onnx", decision=decision)) == looks * 64 * 64 * 9


def test_a_grouped_convolution_counts_its_own_channels_alone():
    weights = np.zeros((8, 1, 3, 3), dtype=np.float32)
    node = helper.make_node("Conv", ["film", "weights"], ["logits"], pads=[1, 1, 1, 1], strides=[2, 2], group=8)
    assert network_multiply_adds(_network([node], 8, weights), 64) == 8 * 32 * 32 * 9


def test_a_product_of_matrices_counts_its_inner_side():
    weights = np.zeros((64, 5), dtype=np.float32)
    assert network_multiply_adds(
        _network([helper.make_node("MatMul", ["film", "weights"], ["logits"])], 2, weights), 64
    ) == (2 * 64 * 5 * 64)


def _network(nodes, channels, weights):
    graph = helper.make_graph(
        nodes,
        "counted",
        [helper.make_tensor_value_info("film", TensorProto.FLOAT, ["films", channels, 64, 64])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["films", "channels", "rows", "columns"])],
        [numpy_helper.from_array(weights, "weights")],
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(network)
    return network.SerializeToString()
