"""Every part of a network as ONNX in OpenVINO, against torch."""

import numpy as np
import onnx
import openvino
import pytest
import torch

from pleura.core.recipe import Network
from pleura.core.spec import Contrast, DecisionSpec, InputSpec, ModelSpec
from pleura.train.networks import build_network
from pleura.train.trace import trace

WIDTHS = (24, 20, 18, 16, 16)
SUPERVISED = {"architecture": "unetplusplus", "decoder_channels": WIDTHS, "deep_supervision": True}
RICH = {
    "architecture": "unet",
    "decoder_channels": WIDTHS,
    "attention": "cbam",
    "upsampling": "bilinear",
    "bottleneck": "aspp",
    "dropout": (0.4, 0.3, 0.3, 0.2, 0.1, 0.1),
    "label": True,
    "distance": True,
}


def traced(**parts):
    """A network in evaluation mode with statistics as training leaves them, and its graph."""
    torch.manual_seed(0)
    recipe = Network(encoder="test_efficientnet", weights="none", **parts)
    network = build_network(recipe, 1).train()
    with torch.no_grad():
        network(torch.randn(4, 1, 64, 64))
    spec = ModelSpec(
        name="parts",
        version="1",
        architecture="parts",
        heads=recipe.heads,
        input=InputSpec(side=64, channels=1, contrast=Contrast(kind="declared"), mean=(0.0,), std=(1.0,)),
        decision=DecisionSpec(rule="threshold"),
        training=None,
    )
    return network.eval(), trace(network, spec)


def in_openvino(graph, films):
    core = openvino.Core()
    model = core.compile_model(
        core.read_model(graph.SerializeToString()),
        "CPU",
        {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1},
    )
    return {port.get_any_name(): value for port, value in model(films).items()}


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(RICH, id="cbam, aspp, dropout, label, distance, bilinear"),
        pytest.param({**SUPERVISED, "prune_to": 3, "distance": True}, id="pruned"),
        pytest.param({**SUPERVISED, "attention": "scse", "label": True}, id="mean of levels", marks=pytest.mark.long),
        pytest.param({"architecture": "fpn", "distance": True}, id="fpn", marks=pytest.mark.long),
        pytest.param({"architecture": "deeplabv3plus", "label": True}, id="deeplab", marks=pytest.mark.long),
    ],
)
def test_an_exported_network_answers_as_torch_does(parts):
    network, graph = traced(**parts)
    films = np.random.default_rng(0).normal(size=(3, 1, 64, 64)).astype(np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(films))
    found = in_openvino(graph, films)
    assert list(expected) == [output.name for output in graph.graph.output]
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value.numpy(), atol=1e-4, err_msg=name)


def test_a_pruned_file_holds_what_its_level_needs_alone():
    network, graph = traced(**SUPERVISED, prune_to=2)
    held = sum(onnx.numpy_helper.to_array(tensor).size for tensor in graph.graph.initializer)
    network.zero_grad()
    network(torch.zeros(1, 1, 64, 64))["logits"].sum().backward()
    used = sum(each.numel() for each in network.parameters() if each.grad is not None)
    every = sum(each.numel() for each in network.parameters())
    assert held < 1.2 * used < every / 4
