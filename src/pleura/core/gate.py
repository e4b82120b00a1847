"""What the gate's model file says about itself, and what the gate says of a picture."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from pleura.core.spec import NAME, InputSpec
from pleura.core.strict import Fraction, Strict
from pleura.core.types import View

GATE_HEADS = ("frontal", "pa", "turn", "mirrored", "inverted")
"""Outputs of a gate's network, in the order of the file: logits, (N,) each but `turn`, (N, 4)."""

TURNS = (0, 90, 180, 270)
"""What `turn` tells apart: degrees that the picture was turned to the left from upright."""


class SetPoints(Strict):
    """The least probabilities from which the gate speaks; under them it keeps silent.

    Attributes:
        frontal: that it is a frontal chest film: the picture is refused under it.
        view: of PA, or of AP, for the view to be named.
        turn: of one of the three turns away from upright.
        mirrored: that the heart lies at the picture's left.
        inverted: that air is bright and bone dark.
    """

    frontal: Fraction
    view: Annotated[float, Field(ge=0.5, le=1.0)]
    turn: Fraction
    mirrored: Fraction
    inverted: Fraction


class GateRecord(Strict):
    """Where a gate came from: pictures by source, those that set its points, and what it was trained with."""

    pictures: dict[str, int]
    set_on: dict[str, int]
    data_sha256: dict[str, str]
    encoder: str
    seed: int
    code_version: str
    libraries: dict[str, str]


class GateSpec(Strict):
    """The JSON under the `pleura-gate` key of a gate's metadata.

    `figures`: what was counted on pictures that it did not learn from, each as (so many, of so many).
    """

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=NAME)]
    version: str
    input: InputSpec
    points: SetPoints
    training: GateRecord
    figures: dict[str, tuple[int, int]] = Field(default_factory=dict)


@dataclass(frozen=True)
class GateVerdict:
    """What the gate says of one picture.

    Attributes:
        frontal: probability that it is a frontal chest film, in [0, 1].
        passes: whether that reaches the set point.
        view: PA or AP where the set point is reached, else unknown.
        view_probability: of the likelier view, in [0.5, 1].
        turn: degrees that the picture is turned to the left, 0 where it is upright or the gate is unsure.
        heart_at_left: whether the heart seems to lie at the left of an upright picture: a mirrored film and situs
            inversus look alike, and this is neither.
        inverted: whether air seems bright and bone dark.
    """

    frontal: float
    passes: bool
    view: View
    view_probability: float
    turn: int
    heart_at_left: bool
    inverted: bool
