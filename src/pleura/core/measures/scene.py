"""What a measure looks at, what it needs before it may speak, and how a row of the table says so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from pleura.core.measures.half import Half
from pleura.core.types import Ends, Radiograph, Region, Side


@dataclass(frozen=True, eq=False)
class Scene:
    """A film, or one side of it.

    Attributes:
        film: the film.
        regions: the parts of the outline on this side, or all of them.
        side: the side, or None for the whole film.
        half: the side's hemithorax, or None where it is not known or the side is uncertain.
    """

    film: Radiograph
    regions: tuple[Region, ...]
    side: Side | None = None
    half: Half | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Unsaid:
    """That a measure has no value here, and why, in words."""

    reason: str


@dataclass(frozen=True)
class Distance:
    """A distance in cm, and its ends where it lies in one piece (see `Measure.ends`)."""

    cm: float
    ends: Ends | None = None


Value = float | bool | str
Need = Callable[[Scene], str]
"""Why a measure cannot be given, or what limits it, in words; empty where nothing stands against it."""


@dataclass(frozen=True)
class MeasureRow:
    """What a measure is.

    Attributes:
        words: what it is called.
        unit: `cm2`, `cm`, `%`, `1` for a count, empty for a class and for yes or no.
        over: whether it is said of the film or of each side that has a finding.
        value: works it out; it is asked only where all needs are met.
        source: where its definition comes from.
        needs: what must hold; the first that does not is the reason why it is not assessed.
        limits: what is said beside a valid value.
    """

    words: str
    unit: str
    over: Literal["film", "side"]
    value: Callable[[Scene], Value | Distance | Unsaid]
    source: str
    needs: tuple[Need, ...] = ()
    limits: tuple[Need, ...] = ()
