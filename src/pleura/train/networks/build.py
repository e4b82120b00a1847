"""From what a recipe says of a network to the network."""

from segmentation_models_pytorch.base import SegmentationHead
from segmentation_models_pytorch.base.initialization import initialize_decoder, initialize_head
from torch import nn

from pleura.core.recipe import Network
from pleura.train.encoders import build_encoder
from pleura.train.networks.decoders import DEEPLAB_STRIDE, nested_decoder, plain_decoder
from pleura.train.networks.heads import DistanceHead, LabelHead, SideHeads
from pleura.train.networks.network import Common, NestedNetwork, PlainNetwork, SegmentationNetwork
from pleura.train.networks.steps import bottleneck_of


def build_network(network: Network, channels: int) -> SegmentationNetwork:
    """Build what a recipe names: (N, channels, S, S) standardised films -> what is said of them, by name.

    Always `logits`, (N, 1, S, S). With their heads `label`, (N,) logits, and `distance`, (N, 1, S, S) in [-1, 1].
    With deep supervision, in training, `level1` to `level4` as `logits`.

    Raises:
        TrainingError: an unknown encoder, one that the architecture cannot use, or weights that do not fit it.
    """
    stride = DEEPLAB_STRIDE if network.architecture == "deeplabv3plus" else None
    encoder, widths = build_encoder(network.encoder, network.weights, channels, stride)
    bottleneck, deepest = bottleneck_of(network, widths[-1])
    widths = (*widths[:-1], deepest)
    if network.deep_supervision:
        nested, finest = nested_decoder(network, widths)
        common = Common(encoder, bottleneck, _side_heads(network, deepest, finest, 1), network.freeze_batch_norm)
        built: SegmentationNetwork = NestedNetwork(common, nested, finest, network.prune_to)
    else:
        plain = plain_decoder(network, widths)
        head = SegmentationHead(plain.channels, 1, kernel_size=plain.kernel, upsampling=plain.upsampling)
        heads = _side_heads(network, deepest, plain.channels, plain.upsampling)
        built = PlainNetwork(Common(encoder, bottleneck, heads, network.freeze_batch_norm), plain.module, head)
    _initialise(built)
    return built


def _side_heads(network: Network, deepest: int, finest: int, upsampling: int) -> SideHeads:
    label = LabelHead(deepest) if network.label else None
    return SideHeads(label, DistanceHead(finest, upsampling) if network.distance else None)


def _initialise(built: nn.Module) -> None:
    """Draw first weights as the library does, He's before a ReLU and Glorot's before an answer."""
    for name in ("decoder", "bottleneck"):
        initialize_decoder(built.get_submodule(name))
    for name in ("segmentation_head", "heads"):
        initialize_head(built.get_submodule(name))
