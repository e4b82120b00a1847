"""What a film costs a cascade at each prevalence, against the full model alone."""

from dataclasses import dataclass

PREVALENCES = (0.22, 0.05, 0.01)
"""Shares of films with a pneumothorax: that of the challenge's films, of a busy emergency room, of a screening."""


@dataclass(frozen=True)
class Passing:
    """The share of films that the first model leaves to the full one, in [0, 1], with and without a pneumothorax."""

    present: float
    absent: float

    def at(self, prevalence: float) -> float:
        """The share of all films where `prevalence` of them have a pneumothorax."""
        return prevalence * self.present + (1 - prevalence) * self.absent


@dataclass(frozen=True)
class Cost:
    """What one film costs the first model, which sees all, and the full one: both in multiply-adds or in seconds."""

    first: float
    full: float

    def a_film(self, passing: Passing, prevalence: float) -> float:
        """The mean over films, in that unit."""
        return self.first + passing.at(prevalence) * self.full

    def saving(self, passing: Passing, prevalence: float) -> float:
        """How many times less than the full model alone; below 1 it costs more."""
        return self.full / self.a_film(passing, prevalence)
