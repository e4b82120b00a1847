"""Decoders that double a map five times: what their blocks get beside two convolutions."""

from collections.abc import Callable
from typing import cast

from segmentation_models_pytorch.base.modules import Attention
from torch import nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Network
from pleura.train.networks.aspp import ASPP_CHANNELS, Aspp
from pleura.train.networks.cbam import Cbam

WIDTHS = (256, 128, 64, 32, 16)
"""Channels of the decoder's steps where a recipe names none, from the coarsest to the finest."""

_SCSE_REDUCTION = 16


def _scse(channels: int) -> nn.Module:
    if channels < _SCSE_REDUCTION:
        raise TrainingError(
            f"network.attention = 'scse' squeezes {channels} channels by {_SCSE_REDUCTION}: none would be left",
            f"Let each of network.decoder_channels be {_SCSE_REDUCTION} or more, or use cbam.",
        )
    gate: nn.Module = Attention("scse", in_channels=channels)
    return gate


_ATTENTION: dict[str, Callable[[int], nn.Module]] = {"scse": _scse, "cbam": Cbam}


def equip(block: nn.Module, step: int, network: Network, *, joins: bool) -> None:
    """Give a decoder block the attention and the dropout of its step, 0 being the coarsest.

    Args:
        block: has `conv1` and `conv2`, each beginning with a convolution, and `attention1` before and `attention2`
            after them.
        step: which of the decoder's.
        network: says what.
        joins: the block joins several maps, which the first attention weighs.
    """
    if network.attention != "none":
        attention = _ATTENTION[network.attention]
        first, second = (cast(nn.Conv2d, block.get_submodule(name)) for name in ("conv1.0", "conv2.0"))
        if joins:
            block.attention1 = attention(first.in_channels)
        block.attention2 = attention(second.out_channels)
    if network.dropout is not None and network.dropout[step + 1] > 0:
        chance = network.dropout[step + 1]
        block.attention2 = nn.Sequential(block.get_submodule("attention2"), nn.Dropout2d(chance))


def bottleneck_of(network: Network, channels: int) -> tuple[nn.Module, int]:
    """What the deepest feature, of so many channels, passes before the decoder, and how many it has then."""
    parts: list[nn.Module] = []
    if network.bottleneck == "aspp":
        parts.append(Aspp(channels, network.aspp_dilations))
        channels = ASPP_CHANNELS
    if network.dropout is not None and network.dropout[0] > 0:
        parts.append(nn.Dropout2d(network.dropout[0]))
    return nn.Sequential(*parts), channels
