import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import nn

from models import make_spec
from pleura.core.errors import TrainingError
from pleura.train.export import write_agreeing
from pleura.train.half import store_half
from pleura.train.trace import trace


class Deep(nn.Module):
    """Two convolutions, of which the second is large enough to be worth a cast."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1))
        self.last = nn.Conv2d(12, 1, 1)

    def forward(self, films):
        return {"logits": self.last(self.layers(films))}


@pytest.fixture(scope="module")
def traced():
    network = Deep().eval()
    return network, trace(network, make_spec())


def tensors(graph):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}


def test_large_weights_are_rounded_and_small_ones_stay(traced):
    _, graph = traced
    half = store_half(graph)
    onnx.checker.check_model(half)
    before, after = tensors(graph), tensors(half)
    large = {name for name, values in before.items() if values.size >= 256}
    assert len(large) == 1
    for name, values in before.items():
        if name in large:
            assert after[f"{name}_half"].dtype == np.float16
            assert np.abs(after[f"{name}_half"] - values).max() <= np.abs(values).max() * 2**-11
        else:
            assert np.array_equal(after[name], values)


def test_every_engine_still_agrees_with_torch_in_float32(traced, tmp_path):
    network, graph = traced
    spec = make_spec()
    films = np.random.default_rng(0).normal(size=(3, 1, spec.input.side, spec.input.side)).astype(np.float32)
    _, parities = write_agreeing(store_half(graph), spec, tmp_path / "half.onnx", network, [films])
    assert [parity.engine for parity in parities] == ["onnxruntime", "openvino"]
    assert all(0 < parity.score_gap < 1e-3 for parity in parities)


def test_a_weight_beyond_half_precision_is_refused(traced):
    huge = onnx.ModelProto()
    huge.CopyFrom(traced[1])
    weights = next(tensor for tensor in huge.graph.initializer if np.prod(tensor.dims) >= 256)
    weights.CopyFrom(numpy_helper.from_array(np.full(tuple(weights.dims), 1e6, np.float32), weights.name))
    with pytest.raises(TrainingError, match="beyond half precision"):
        store_half(huge)
