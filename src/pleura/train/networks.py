"""Networks by name: an encoder, a decoder and one mask head that gives logits."""

from collections.abc import Callable

import segmentation_models_pytorch as smp
import torch
from torch import Tensor, nn

from pleura.core.recipe import Network
from pleura.train.encoders import check_encoder, load_weights

_DECODERS: dict[str, type[nn.Module]] = {
    "unet": smp.Unet,
    "unetplusplus": smp.UnetPlusPlus,
    "fpn": smp.FPN,
    "deeplabv3plus": smp.DeepLabV3Plus,
}


class SegmentationNetwork(nn.Module):
    """(N, channels, S, S) standardised films -> what is said of them, by name; `logits` is (N, 1, S, S)."""

    def __init__(self, parts: nn.Module) -> None:
        super().__init__()
        self.encoder = parts.get_submodule("encoder")
        self.decoder = parts.get_submodule("decoder")
        self.segmentation_head = parts.get_submodule("segmentation_head")

    def forward(self, films: Tensor) -> dict[str, Tensor]:
        """Run the network."""
        return {"logits": self.segmentation_head(self.decoder(self.encoder(films)))}


def build_network(network: Network, channels: int) -> nn.Module:
    """Build what a recipe names: (N, channels, S, S) standardised films -> (N, 1, S, S) `logits` by name.

    Raises:
        TrainingError: an unknown encoder, or weights that do not fit it.
    """
    name = check_encoder(network.encoder)
    steps: dict[str, object] = {}
    if network.attention != "none":
        steps["decoder_attention_type"] = network.attention
    if network.decoder_channels is not None:
        steps["decoder_channels"] = network.decoder_channels
    model = _DECODERS[network.architecture](
        encoder_name=f"tu-{name}",
        encoder_weights="imagenet" if network.weights == "imagenet" else None,
        in_channels=channels,
        classes=1,
        **steps,
    )
    extractor = model.get_submodule("encoder.model")
    load_weights(extractor, name, network.weights, channels)
    return SegmentationNetwork(model)


def keep_depthwise_in_float32(network: nn.Module) -> None:
    """Run depthwise convolutions in float32 inside a bfloat16 autocast region.

    On a CPU their bfloat16 backward pass has no fast kernel: at 256 x 256 it alone took 45 % of a training step.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d) and module.groups > 1:
            setattr(module, "forward", _in_float32(module.forward))  # noqa: B010 - an instance's own, keeps state keys


def _in_float32(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def run(x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            result = forward(x.float())
        return result.to(x.dtype)

    return run
