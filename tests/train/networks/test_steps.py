import pytest
import torch
from torch import nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Network
from pleura.train.networks import build_network

TINY = {"encoder": "test_efficientnet", "weights": "none"}
DEPTHS = (0.4, 0.3, 0.25, 0.2, 0.15, 0.1)


def drops(module):
    return [part.p for part in module.modules() if isinstance(part, nn.Dropout2d)]


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        pytest.param({"architecture": "unet"}, (1, 1, 1, 1, 1), id="unet"),
        pytest.param({"architecture": "unetplusplus"}, (1, 2, 3, 4, 1), id="unetplusplus"),
        pytest.param({"architecture": "unetplusplus", "deep_supervision": True}, (1, 2, 3, 4, 5), id="supervised"),
    ],
)
def test_each_depth_has_its_own_dropout(more, counts):
    network = build_network(Network(dropout=DEPTHS, **TINY, **more), 1)
    assert drops(network.bottleneck) == [0.4]
    expected = [chance for chance, count in zip(DEPTHS[1:], counts, strict=True) for _ in range(count)]
    assert sorted(drops(network.decoder), reverse=True) == expected


def test_the_bottleneck_is_dropped_in_training_only():
    network = build_network(Network(architecture="unet", dropout=(1.0, 0, 0, 0, 0, 0), **TINY), 1)
    feature = torch.ones(1, 4, 2, 2)
    assert not network.train().bottleneck(feature).any()
    assert torch.equal(network.eval().bottleneck(feature), feature)
    assert not drops(network.decoder)


def test_a_step_drops_whole_channels_in_training_only():
    network = build_network(Network(architecture="unet", dropout=(0, 0, 0, 0, 0, 0.5), **TINY), 1)
    last = network.decoder.blocks[4].attention2
    torch.manual_seed(0)
    dropped = last.train()(torch.ones(1, 64, 2, 2))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert torch.equal(dropped.amax((2, 3)), dropped.amin((2, 3)))
    assert torch.equal(last.eval()(torch.ones(1, 64, 2, 2)), torch.ones(1, 64, 2, 2))


def test_scse_that_would_squeeze_all_away_is_refused():
    with pytest.raises(TrainingError, match=r"squeezes 8 channels .*decoder_channels be 16 or more"):
        build_network(Network(architecture="unet", attention="scse", decoder_channels=(32, 16, 16, 8, 8), **TINY), 1)


def test_cbam_weighs_what_a_block_joins_and_what_it_gives():
    network = build_network(Network(architecture="unet", attention="cbam", **TINY), 1)
    first, last = network.decoder.blocks[0], network.decoder.blocks[4]
    assert first.attention1[0].widen.out_channels == first.conv1[0].in_channels
    assert first.attention2[0].widen.out_channels == 256
    assert last.attention2[0].widen.out_channels == 16
    assert not list(last.attention1.parameters())  # joins nothing: it has no feature of the encoder beside it


@torch.no_grad()
def test_upsampling_is_taken_up():
    torch.manual_seed(0)
    nearest = build_network(Network(architecture="unet", **TINY), 1).eval()
    bilinear = build_network(Network(architecture="unet", upsampling="bilinear", **TINY), 1).eval()
    bilinear.load_state_dict(nearest.state_dict())
    film = torch.randn(1, 1, 32, 32)
    assert not torch.allclose(nearest(film)["logits"], bilinear(film)["logits"])
