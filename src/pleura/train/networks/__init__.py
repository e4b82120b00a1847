"""Networks by name: an encoder, what stands at its end, a decoder, a mask and other heads; one part a file."""

from pleura.train.networks.build import build_network
from pleura.train.networks.depthwise import keep_depthwise_in_float32
from pleura.train.networks.network import SegmentationNetwork, freeze_encoder

__all__ = ["SegmentationNetwork", "build_network", "freeze_encoder", "keep_depthwise_in_float32"]
