import pytest
import torch
from torch import nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Network
from pleura.train.networks import build_network, keep_depthwise_in_float32

TINY = {"encoder": "tf_efficientnet_lite0", "weights": "none"}


@pytest.mark.parametrize("architecture", ["unet", "unetplusplus", "fpn", "deeplabv3plus"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_architecture_gives_logits_of_the_film_size(architecture, channels):
    network = build_network(Network(architecture=architecture, **TINY), channels).eval()
    with torch.no_grad():
        assert network(torch.zeros(2, channels, 64, 64))["logits"].shape == (2, 1, 64, 64)


def test_attention_and_decoder_width_are_taken_up():
    plain = build_network(Network(architecture="unet", **TINY), 1)
    rich = build_network(Network(architecture="unet", attention="scse", **TINY), 1)
    thin = build_network(Network(architecture="unet", decoder_channels=(32, 16, 16, 8, 8), **TINY), 1)
    sizes = [sum(p.numel() for p in network.parameters()) for network in (thin, plain, rich)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


def test_an_unknown_encoder_is_named_with_near_ones():
    with pytest.raises(TrainingError, match=r"efficientnet_b44.*\[train\]\. Near: "):
        build_network(Network(architecture="unet", encoder="efficientnet_b44", weights="none"), 1)


def test_depthwise_layers_stay_in_float32_and_keep_their_names():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=4))
    names = list(network.state_dict())
    seen = []
    network[1].register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0].dtype))
    keep_depthwise_in_float32(network)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = network(torch.randn(1, 1, 16, 16))
    assert result.dtype == torch.bfloat16
    assert result.shape == (1, 4, 12, 12)
    assert list(network.state_dict()) == names
