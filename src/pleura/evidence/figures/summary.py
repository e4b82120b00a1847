"""Every figure of a reader with its interval, on all films and on each stratum."""

from dataclasses import dataclass

from pleura.evidence.figures.estimate import Estimate

__all__ = ["Estimate", "Stratum", "Summary"]


@dataclass(frozen=True)
class Stratum:
    """Some of the films, and the figures on them.

    Attributes:
        axis: what the films are told apart by, as `size thirds`.
        name: which of them these are, as `below 1 %`.
        films: how many.
        positives: how many of them truly have a pneumothorax.
        figures: by the names of `FIGURES`; of positives alone where the stratum holds no other films.
    """

    axis: str
    name: str
    films: int
    positives: int
    figures: dict[str, Estimate]


@dataclass(frozen=True)
class Summary:
    """Every figure by the names of `FIGURES`, in their order, and the strata."""

    figures: dict[str, Estimate]
    strata: tuple[Stratum, ...]
