"""Decoders by name, each with what the head needs that reads a mask from its map."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segmentation_models_pytorch.decoders.deeplabv3.decoder import DeepLabV3PlusDecoder
from segmentation_models_pytorch.decoders.fpn.decoder import FPNDecoder
from segmentation_models_pytorch.decoders.unet.decoder import UnetDecoder
from segmentation_models_pytorch.decoders.unetplusplus.decoder import UnetPlusPlusDecoder
from torch import nn

from pleura.core.recipe import Network
from pleura.core.recipe.network import DECODER_STEPS
from pleura.train.networks.nested import NestedDecoder
from pleura.train.networks.steps import WIDTHS, equip

DEEPLAB_STRIDE = 16
"""DeepLabV3+ dilates the encoder's last stage instead of halving a fifth time (arXiv 1802.02611)."""

_DEEPLAB_CHANNELS, _DEEPLAB_RATES = 256, (12, 24, 36)


@dataclass(frozen=True)
class Decoder:
    """Encoder features -> one map.

    Attributes:
        module: does it.
        channels: of the map.
        kernel: of the mask head's convolution.
        upsampling: how many times smaller than the film the map is.
    """

    module: nn.Module
    channels: int
    kernel: int
    upsampling: int


def _unet(network: Network, encoder: Sequence[int]) -> Decoder:
    widths = network.decoder_channels or WIDTHS
    module = UnetDecoder(encoder, widths, DECODER_STEPS, interpolation_mode=network.upsampling)
    for step, block in enumerate(module.blocks):
        equip(block, step, network, joins=step < DECODER_STEPS - 1)
    return Decoder(module, widths[-1], kernel=3, upsampling=1)


def _unetplusplus(network: Network, encoder: Sequence[int]) -> Decoder:
    widths = network.decoder_channels or WIDTHS
    module = UnetPlusPlusDecoder(encoder, widths, DECODER_STEPS, interpolation_mode=network.upsampling)
    for name, block in module.blocks.items():
        step = int(name.rsplit("_", 1)[1])
        equip(block, step, network, joins=step < DECODER_STEPS - 1)
    return Decoder(module, widths[-1], kernel=3, upsampling=1)


def _fpn(_network: Network, encoder: Sequence[int]) -> Decoder:
    module = FPNDecoder(encoder, DECODER_STEPS)
    return Decoder(module, module.out_channels, kernel=1, upsampling=4)


def _deeplabv3plus(_network: Network, encoder: Sequence[int]) -> Decoder:
    module = DeepLabV3PlusDecoder(
        encoder,
        DECODER_STEPS,
        _DEEPLAB_CHANNELS,
        _DEEPLAB_RATES,
        DEEPLAB_STRIDE,
        aspp_separable=True,
        aspp_dropout=0.5,
    )
    return Decoder(module, _DEEPLAB_CHANNELS, kernel=1, upsampling=4)


_DECODERS: dict[str, Callable[[Network, Sequence[int]], Decoder]] = {
    "unet": _unet,
    "unetplusplus": _unetplusplus,
    "fpn": _fpn,
    "deeplabv3plus": _deeplabv3plus,
}


def plain_decoder(network: Network, encoder: Sequence[int]) -> Decoder:
    """The library's decoder of a recipe's architecture for features of so many channels, the film's first."""
    return _DECODERS[network.architecture](network, encoder)


def nested_decoder(network: Network, encoder: Sequence[int]) -> tuple[NestedDecoder, int]:
    """The deeply supervised decoder, and the channels of its maps."""
    widths = network.decoder_channels or WIDTHS
    module = NestedDecoder(encoder, widths, network.upsampling)
    for name, node in module.nodes.items():
        row = int(name.split("_")[1])
        equip(node, DECODER_STEPS - 1 - row, network, joins=True)
    return module, widths[-1]
