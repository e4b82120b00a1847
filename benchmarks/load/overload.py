"""Twice what the service can do: it says no at once to what it cannot take, and works on."""

import time
from http import HTTPStatus

from load.lines import Line, span
from load.plan import Bench, warm_up
from load.service import Serving, running
from load.traffic import Ended, Sent, endless, open_loop, quantile, seconds_of, settled, steady

SHARE = 2.0
_LEAST_GOODPUT, _MOST_RECOVERY_S = 0.8, 5.0
_NORMAL = 2.0
"""A film is normal again if it takes at most so many times as long as one alone."""
_PROBE_EVERY_S = 1.0


def measure(bench: Bench) -> list[Line]:
    """Twice the films that can be read, into a queue that is read within seconds."""
    rate, seconds = SHARE * bench.basis.films_a_second, bench.plan.overload
    queue = bench.basis.queue
    with running(f"[limits]\nqueue = {queue}\n") as serving:
        warm_up(serving, bench.supply)
        begin = time.time()
        sent = open_loop(serving, endless(bench.supply), steady(rate, seconds))
        end = time.time()
        recovered = _recovery(serving, bench)
        ends = settled(serving)
    taken = [one for one in sent if one.job is not None]
    told = [one for one in sent if one.status == HTTPStatus.TOO_MANY_REQUESTS]
    other = len(sent) - len(taken) - sum(one.retry_after is not None for one in told)
    done = [ends[one.job] for one in taken if one.job in ends and ends[one.job].status == "done"]
    goodput = sum(begin <= ended.at <= end for ended in done) / (end - begin) / bench.basis.films_a_second
    name = f"2 S for {span(seconds)}, a queue of {queue}"
    return [
        Line(name, "films sent", len(sent)),
        Line(name, "answered with 202", len(taken)),
        Line(name, "answered with 429 and Retry-After", len(told)),
        Line(name, "any other answer, or none", other, least=0, most=0),
        Line(name, "accepted and not done", len(taken) - len(done), least=0, most=0),
        Line(name, "films read a second, of S", goodput, "S", least=_LEAST_GOODPUT),
        Line(name, "sent to done, p99 of those accepted", quantile(seconds_of(taken, ends), 0.99), "s"),
        Line(name, "answer to the upload, p99", quantile([one.post_s for one in sent], 0.99), "s"),
        Line(name, "until a film takes at most twice as long as one alone", recovered, "s", most=_MOST_RECOVERY_S),
    ]


def _recovery(serving: Serving, bench: Bench) -> float:
    """Seconds after the end of the load from which on every film is normal again; one is sent every second."""
    end = time.time()
    probes = open_loop(serving, endless(bench.supply), steady(1 / _PROBE_EVERY_S, bench.plan.recovery))
    ends = settled(serving)
    late = [one.due - end for one in probes if not _is_normal(one, ends, bench.basis.single_s)]
    return max(late) + _PROBE_EVERY_S if late else 0.0


def _is_normal(one: Sent, ends: dict[str, Ended], single_s: float) -> bool:
    return one.job in ends and ends[one.job].status == "done" and ends[one.job].at - one.due <= _NORMAL * single_s
