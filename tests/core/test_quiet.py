"""Libraries stay quiet as long as anybody asks for it, and no longer."""

import logging
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from pleura.core import quiet
from pleura.core.quiet import ignoring, muted, silent

TALKS = logging.getLogger("pleura.tests.talks")


def speak():
    TALKS.error("Doe^Jane")
    warnings.warn("Doe^Jane", UserWarning, stacklevel=1)


def state():
    return TALKS.level, list(warnings.filters)


def test_a_block_that_ends_lets_nothing_be_said_in_another_and_the_last_one_restores_all(caplog):
    before = state()
    # As two threads do: the one that came first also leaves first.
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(silent(TALKS.name))
        second.enter_context(silent(TALKS.name))
        first.close()
        speak()
    assert not caplog.records
    assert state() == before


def test_loggers_are_muted_without_a_change_to_warnings(caplog):
    before = state()
    with ExitStack() as first, muted(TALKS.name):
        first.enter_context(muted(TALKS.name))
        TALKS.critical("Doe^Jane")
        assert state()[1] == before[1]
    TALKS.critical("heard")
    assert [record.message for record in caplog.records] == ["heard"]


def test_threads_that_are_quiet_in_different_ways_leave_no_filter_behind(caplog):
    before, start = state(), threading.Barrier(4)

    def work(number):
        start.wait()
        for _ in range(300):
            with silent(TALKS.name) if number % 2 else ignoring(r".*", UserWarning):
                warnings.warn("Doe^Jane", UserWarning, stacklevel=1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert state() == before


def test_threads_that_mute_a_logger_for_the_first_time_together_wait_for_the_last_one(monkeypatch, caplog):
    talks, here = logging.getLogger("pleura.tests.talks.first"), threading.current_thread()
    begun, entered = threading.Event(), threading.Event()

    class Slow(quiet._Shared):
        def __init__(self, change) -> None:
            super().__init__(change)
            if threading.current_thread() is not here:
                begun.set()
                entered.wait(60)

    monkeypatch.setattr(quiet, "_Shared", Slow)
    with ThreadPoolExecutor(1) as pool, ExitStack() as other:
        late = pool.submit(lambda: other.enter_context(muted(talks.name)))
        assert begun.wait(60)
        with muted(talks.name):
            entered.set()
            late.result()
        talks.error("Doe^Jane")
    assert not caplog.records
    assert talks.level == logging.NOTSET
