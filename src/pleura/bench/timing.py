"""Timing contestants in turn, so that a machine that slows down slows them all."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_REST_S = 0.05
"""Lets the spinning threads of one engine fall asleep before the next is timed."""
_LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Times:
    """Seconds of one contestant, a round each."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle round."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """The middle of the rounds' distances from the median, as a share of it: 0 is a machine at rest."""
        middle = self.median
        return statistics.median(abs(taken - middle) for taken in self.seconds) / middle


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Turn work into a contestant: a call that gives its own seconds."""

    def contestant() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return contestant


def alternate(
    contestants: Mapping[str, Callable[[], float]], rounds: int, most_s: float | None = None
) -> dict[str, Times]:
    """Time every contestant once a round, in turn, after one round that does not count.

    Args:
        contestants: calls that give their own seconds.
        rounds: how many count.
        most_s: no round begins later than this, in seconds from the start, once three of them count.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    start = time.perf_counter()
    for number in range(rounds + 1):
        if most_s is not None and number > _LEAST_ROUNDS and time.perf_counter() - start > most_s:
            break
        for name, contestant in contestants.items():
            time.sleep(_REST_S)
            taken = contestant()
            if number:
                seconds[name].append(taken)
    return {name: Times(tuple(taken)) for name, taken in seconds.items()}


def ratio(contestant: Times, baseline: Times) -> float:
    """The middle of the rounds' own ratios: both sides of each were timed moments apart."""
    return statistics.median(ours / theirs for ours, theirs in zip(contestant.seconds, baseline.seconds, strict=True))
