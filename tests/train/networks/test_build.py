import pytest
import segmentation_models_pytorch as smp
import torch

from pleura.core.errors import TrainingError
from pleura.core.recipe import Network
from pleura.train.encoders import build_encoder
from pleura.train.networks import build_network

TINY = {"encoder": "test_efficientnet", "weights": "none"}
ENCODERS = [
    "resnet18",
    "resnet34",
    "resnet50",
    "seresnext50_32x4d",
    "legacy_seresnext50_32x4d",
    "seresnext101_32x4d",
    "legacy_seresnext101_32x4d",
    *(f"tf_efficientnet_b{size}" for size in range(8)),
    "densenet169",
    "tf_efficientnet_lite2",
]
DILATED = [name for name in ENCODERS if not name.startswith(("legacy_", "densenet"))]


def sides(name, output_stride):
    """Sides of the features of a 64-pixel film, worked out without weights or data."""
    with torch.device("meta"):
        encoder, widths = build_encoder(name, "none", 1, output_stride)
        features = encoder(torch.zeros(1, 1, 64, 64))
    assert tuple(feature.shape[1] for feature in features) == widths
    return [feature.shape[2] for feature in features]


@torch.no_grad()
@pytest.mark.parametrize(
    ("architecture", "library"),
    [
        ("unet", smp.Unet),
        ("unetplusplus", smp.UnetPlusPlus),
        ("fpn", smp.FPN),
        ("deeplabv3plus", smp.DeepLabV3Plus),
    ],
)
def test_a_plain_network_is_the_librarys(architecture, library):
    mine = build_network(Network(architecture=architecture, **TINY), 3).eval()
    theirs = library("tu-test_efficientnet", encoder_weights=None).eval()
    mine.load_state_dict(theirs.state_dict())
    film = torch.randn(2, 3, 64, 64)
    assert torch.equal(mine(film)["logits"], theirs(film))


@pytest.mark.long
@pytest.mark.parametrize("name", ENCODERS)
def test_every_encoder_of_the_published_systems_halves_five_times(name):
    assert sides(name, None) == [64, 32, 16, 8, 4, 2]


@pytest.mark.long
@pytest.mark.parametrize("name", DILATED)
def test_an_encoder_is_dilated_where_deeplabv3plus_asks(name):
    assert sides(name, 16) == [64, 32, 16, 8, 4, 4]


@pytest.mark.parametrize("name", ["densenet169", "legacy_seresnext50_32x4d"])
def test_an_encoder_that_cannot_be_dilated_is_named_with_those_that_can(name):
    with torch.device("meta"), pytest.raises(TrainingError, match=rf"{name}.*cannot be dilated.*seresnext50_32x4d"):
        build_network(Network(architecture="deeplabv3plus", encoder=name, weights="none"), 1)


def test_attention_and_decoder_width_are_taken_up():
    plain = build_network(Network(architecture="unet", **TINY), 1)
    rich = build_network(Network(architecture="unet", attention="scse", **TINY), 1)
    thin = build_network(Network(architecture="unet", decoder_channels=(32, 16, 16, 8, 8), **TINY), 1)
    sizes = [sum(p.numel() for p in network.parameters()) for network in (thin, plain, rich)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3


def test_a_plain_unet_keeps_the_names_that_checkpoints_have():
    names = list(build_network(Network(architecture="unet", **TINY), 1).state_dict())
    assert {name.split(".")[0] for name in names} == {"encoder", "decoder", "segmentation_head"}
    assert "decoder.blocks.4.conv2.1.running_mean" in names
    assert "segmentation_head.0.weight" in names


@torch.no_grad()
def test_the_aspp_stands_between_encoder_and_decoder():
    network = build_network(Network(architecture="unet", bottleneck="aspp", label=True, **TINY), 1).eval()
    assert network.decoder.blocks[0].conv1[0].in_channels == 256 + network.encoder.out_channels[-2]
    assert network.heads.label.linear.in_features == 256
    assert network(torch.zeros(2, 1, 64, 64))["logits"].shape == (2, 1, 64, 64)


def test_an_unknown_encoder_is_named_with_near_ones():
    with pytest.raises(TrainingError, match=r"efficientnet_b44.*\[train\]\. Near: "):
        build_network(Network(architecture="unet", encoder="efficientnet_b44", weights="none"), 1)
