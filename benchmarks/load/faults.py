"""Processes are killed and told to end while films come in: each accepted film ends once."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from load.lines import Line
from load.plan import Bench
from load.service import Serving, running, start, until
from load.traffic import Sent, endless, open_loop, settled, steady
from pleura.bench.memory import tree

_SHARE, _FULL_SHARE = 0.5, 1.0
"""Of S: workers that are killed read less; a service that ends has films that wait."""
_MOST_END_S = 60.0


def kill_workers(bench: Bench) -> list[Line]:
    """A worker is killed every two seconds; afterwards all that was accepted is read."""
    plan, generator = bench.plan, random.Random(0)
    seconds = (plan.kills + 1) * plan.kill_every
    killed = 0

    def kill() -> None:
        nonlocal killed
        for _ in range(plan.kills):
            time.sleep(plan.kill_every)
            # For a moment there may be none: all are being started.
            pids = until(serving.worker_pids)
            with suppress(ProcessLookupError):
                os.kill(generator.choice(pids), signal.SIGKILL)
                killed += 1

    with running() as serving:
        killer = threading.Thread(target=kill)
        killer.start()
        sent = _load(serving, bench, _SHARE, seconds)
        killer.join()
        lines = _kept(f"a worker killed every {plan.kill_every:g} s", serving, sent)
    return [Line(lines[0].scenario, "workers killed", killed, least=plan.kills, most=plan.kills), *lines]


def sigterm(bench: Bench) -> list[Line]:
    """The service is told to end while films come in, and started again."""

    name = "SIGTERM under load, then a start"
    lines, seconds, code = _ended_and_started(name, bench, Serving.stop)
    return [
        Line(name, "until the service has ended", seconds, "s", most=_MOST_END_S),
        Line(name, "exit code", code, least=0, most=0),
        *lines,
    ]


def kill_service(bench: Bench) -> list[Line]:
    """The service and its workers are killed at once, as by a power cut, and it is started again."""

    def end(serving: Serving) -> None:
        serving.http.close()
        for pid in tree(serving.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        serving.process.wait()

    lines, _, _ = _ended_and_started("kill -9 of server and workers under load, then a start", bench, end)
    return lines


def _ended_and_started(name: str, bench: Bench, end: Callable[[Serving], object]) -> tuple[list[Line], float, int]:
    with running() as serving:
        half, taken = bench.plan.end / 2, []
        sending = threading.Thread(target=lambda: taken.extend(_load(serving, bench, _FULL_SHARE, bench.plan.end)))
        sending.start()
        time.sleep(half)
        begin = time.monotonic()
        end(serving)
        seconds, code = time.monotonic() - begin, serving.process.returncode
        # What is sent to nobody is not accepted, and no error of the service.
        sending.join()
        start(serving)
        lines = _kept(name, serving, taken)
        left = list((serving.data / "incoming").iterdir())
    return [*lines, Line(name, "uploads left half done", len(left), least=0, most=0)], seconds, code


def _load(serving: Serving, bench: Bench, share: float, seconds: float) -> list[Sent]:
    return open_loop(serving, endless(bench.supply), steady(share * bench.basis.films_a_second, seconds))


def _kept(name: str, serving: Serving, sent: list[Sent]) -> list[Line]:
    """That what was accepted, and nothing else, is there, and ended once."""
    accepted = {one.job for one in sent if one.job is not None}
    ends = settled(serving)
    statuses = Counter(ended.code if ended.status == "failed" else ended.status for ended in ends.values())
    kept = len(accepted & ends.keys())
    rest = sum(count for status, count in statuses.items() if status not in ("done", "worker_died"))
    places = (serving.data / "results").iterdir()
    claims = {place.name: sum(claim.is_dir() for claim in place.iterdir()) for place in places}
    missing = sum(not claims.get(job) for job, ended in ends.items() if ended.status == "done")
    spare = sum(claims.values()) - statuses["done"] + missing
    # An upload may have been accepted though its answer went with the service: more jobs than answers are no fault.
    unheard = sum(one.status == 0 for one in sent)
    extra = len(ends) - kept
    return [
        Line(name, "films accepted", len(accepted)),
        Line(name, "read", statuses["done"]),
        Line(name, "refused by name, for three workers died over it", statuses["worker_died"]),
        Line(name, "ended otherwise", rest, least=0, most=0),
        Line(name, "lost", len(accepted) - kept, least=0, most=0),
        Line(name, "jobs that nobody sent", max(0, extra - unheard), least=0, most=0),
        Line(name, "read, and without a result", missing, least=0, most=0),
        Line(name, "results whose worker died before it could say so, swept within two hours", spare),
    ]
