"""How long each scenario takes, in full and in short, and what all of them are measured against."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from load.films import Supply
from load.lines import Line
from load.service import Serving, running
from load.traffic import Sent, closed_loop, send, settled

AT_ONCE = 6
"""Films with the service while it is saturated: enough that no worker ever waits for one."""
_WARM_S = 5.0
_QUEUE_S = 2.0
"""How long a queue may take to be read, where answers are wanted soon rather than late."""


@dataclass(frozen=True)
class Plan:
    """Seconds of every scenario but where it says otherwise."""

    short: bool = False
    singles: int = 30
    saturation: float = 60.0
    steady: float = 600.0
    random: float = 60.0
    overload: float = 120.0
    recovery: float = 15.0
    kills: int = 20
    kill_every: float = 2.0
    poison: float = 45.0
    end: float = 20.0
    slow: float = 40.0
    contract: float = 90.0


FULL = Plan()
SHORT = Plan(True, 6, 10.0, 20.0, 10.0, 10.0, 8.0, 4, 2.0, 20.0, 6.0, 10.0, 20.0)


@dataclass(frozen=True)
class Basis:
    """What a service does undisturbed: the middle time of one film at a time, and films a second at saturation."""

    single_s: float
    films_a_second: float

    @property
    def queue(self) -> int:
        """A queue that is read within seconds, so that who is let in is served soon."""
        return max(4, round(_QUEUE_S * self.films_a_second))


@dataclass(frozen=True)
class Bench:
    """What a scenario is given."""

    plan: Plan
    supply: Supply
    basis: Basis


Scenario = Callable[[Bench], list[Line]]


def warm_up(serving: Serving, supply: Supply) -> None:
    """Have every worker read some films of every kind: the first compressed one starts a process that decodes."""
    closed_loop(serving, supply, AT_ONCE, _WARM_S)


def one_at_a_time(serving: Serving, supply: Supply, count: int) -> list[float]:
    """Seconds from sending a film to its end, with nothing else to do for the service."""
    seconds = []
    for _ in range(count):
        sent = send(serving, supply.next())
        ended = _end_of(serving, sent)
        seconds.append(ended - sent.due)
    return seconds


def _end_of(serving: Serving, sent: Sent) -> float:
    if sent.job is None:
        raise RuntimeError(f"a film that was sent alone was answered with {sent.status}")
    ended = settled(serving)[sent.job]
    if ended.status != "done":
        raise RuntimeError(f"a film that was sent alone ended as {ended.status} ({ended.code})")
    return ended.at


def find_basis(plan: Plan, supply: Supply) -> tuple[Basis, list[Line]]:
    """Measure one film at a time, then as many as the service can read."""
    with running() as serving:
        warm_up(serving, supply)
        alone = one_at_a_time(serving, supply, plan.singles)
        begin = time.time()
        ends = closed_loop(serving, supply, AT_ONCE, plan.saturation)
    # The first films find idle workers and the last ones no others behind them.
    times = [ended.at for ended in ends.values() if ended.status == "done"]
    until = begin + plan.saturation
    first = begin + plan.saturation / 10
    rate = sum(first <= moment <= until for moment in times) / (until - first)
    basis = Basis(statistics.median(alone), rate)
    return basis, [
        Line("undisturbed", "one film at a time, sent to done, median", basis.single_s, "s"),
        Line("undisturbed", "one film at a time, sent to done, slowest", max(alone), "s"),
        Line("undisturbed", f"saturation S, {AT_ONCE} films at once", rate, "films/s"),
    ]
