"""Kinds of numbers that stand in a recipe."""

from typing import Annotated

from pydantic import AfterValidator, Field

Positive = Annotated[float, Field(gt=0.0)]
NonNegative = Annotated[float, Field(ge=0.0)]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0.0, le=1.0)]
Side = Annotated[int, Field(ge=32, le=4096, multiple_of=32)]


def _ordered(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError("the lower limit must come first")
    return limits


Range = Annotated[tuple[float, float], AfterValidator(_ordered)]
PositiveRange = Annotated[tuple[Positive, Positive], AfterValidator(_ordered)]
Depth = Annotated[int, Field(ge=1, le=16)]
Depths = Annotated[tuple[Depth, Depth], AfterValidator(_ordered)]
