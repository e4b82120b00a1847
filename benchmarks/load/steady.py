"""A working day: .6 of what the service can do, for minutes, evenly and at random."""

import threading

from load.lines import Line, span
from load.plan import Bench, warm_up
from load.service import Serving, running
from load.traffic import Ended, Sent, at_random, endless, open_loop, quantile, seconds_of, settled, steady
from pleura.bench.memory import pss_mb

SHARE = 0.6
_MOST_SLOWER, _MOST_GROWTH = 4.0, 0.05
_TENTHS = 10


class Memory:
    """Looks at the memory of a service and its workers while the block runs."""

    def __init__(self, serving: Serving, every_s: float) -> None:
        self._pid, self._every_s = serving.process.pid, every_s
        self.seen: list[float] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopping.wait(self._every_s):
            self.seen.append(pss_mb(self._pid))

    @property
    def first(self) -> float:
        """The middle of the second tenth: the first one holds what comes into being with the first films."""
        return _middle(self._tenth(1))

    @property
    def last(self) -> float:
        """The middle of the last tenth."""
        return _middle(self._tenth(_TENTHS - 1))

    def _tenth(self, number: int) -> list[float]:
        step = len(self.seen) / _TENTHS
        return self.seen[int(number * step) : max(int((number + 1) * step), int(number * step) + 1)]


def measure(bench: Bench) -> list[Line]:
    """Films every so often for minutes: no error, no late answer, no memory that is not given back."""
    rate, seconds = SHARE * bench.basis.films_a_second, bench.plan.steady
    with running() as serving:
        warm_up(serving, bench.supply)
        with Memory(serving, seconds / 60) as memory:
            sent = open_loop(serving, endless(bench.supply), steady(rate, seconds))
            ends = settled(serving)
        name = f".6 S for {span(seconds)}"
        lines = [*_outcome(name, bench, sent, ends, asked=True), *_memory(name, bench, memory)]
    with running() as serving:
        warm_up(serving, bench.supply)
        sent = open_loop(serving, endless(bench.supply), at_random(rate, bench.plan.random))
        ends = settled(serving)
    return lines + _outcome(f".6 S at random for {span(bench.plan.random)}", bench, sent, ends, asked=False)


def _outcome(name: str, bench: Bench, sent: list[Sent], ends: dict[str, Ended], *, asked: bool) -> list[Line]:
    errors = sum(one.job not in ends or ends[one.job].status != "done" for one in sent)
    times = seconds_of(sent, ends)
    single, most = bench.basis.single_s, _MOST_SLOWER if asked else None
    late = quantile(times, 0.99)
    return [
        Line(name, "films sent", len(sent)),
        Line(name, "errors", errors, least=0, most=0),
        Line(name, "sent to done, median", quantile(times, 0.5), "s"),
        Line(name, "sent to done, p99", late, "s"),
        Line(name, "p99 by the median of one film at a time", late / single, "x", most=most),
        Line(name, "answer to the upload, p99", quantile([one.post_s for one in sent], 0.99), "s"),
    ]


def _memory(name: str, bench: Bench, memory: Memory) -> list[Line]:
    growth = 100 * (memory.last / memory.first - 1)
    # A short run ends before memory has settled.
    most = None if bench.plan.short else 100 * _MOST_GROWTH
    return [
        Line(name, "memory of server and workers (PSS) at the end", memory.last, "MB"),
        Line(name, "memory, growth from the second tenth to the last", growth, "%", most=most),
    ]


def _middle(values: list[float]) -> float:
    return quantile(values, 0.5)
