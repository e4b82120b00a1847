"""Asking again: how often, for how long, and after which failures."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.retry import Retry
from pleura.pacs.errors import Answered, Unreachable


def requests(*answers):
    """A request that gives these answers in turn, and the list of pauses that were made."""
    left, pauses = list(answers), []

    def request():
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return request, pauses


def test_a_transient_failure_is_asked_again_until_there_is_an_answer():
    request, pauses = requests(Unreachable("p", "x"), Unreachable("p", "y"), 7)
    assert Retry().run(request, pauses.append) == 7
    assert len(pauses) == 2


def test_a_lasting_failure_is_not_asked_again():
    request, pauses = requests(Answered("p", "no"), 7)
    with pytest.raises(Answered):
        Retry().run(request, pauses.append)
    assert pauses == []


def test_after_the_last_attempt_the_last_failure_is_told():
    request, pauses = requests(*(Unreachable("p", str(number)) for number in range(9)))
    with pytest.raises(Unreachable, match="p: 2"):
        Retry(attempts=3).run(request, pauses.append)
    assert len(pauses) == 2


def test_no_attempt_begins_after_the_deadline(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("random.uniform", lambda _, high: high)
    request, _ = requests(*(Unreachable("p", str(number)) for number in range(99)))

    def sleep(seconds):
        now[0] += seconds

    retry = Retry(attempts=99, first_s=1, most_s=4, deadline_s=10)
    with pytest.raises(Unreachable):
        retry.run(request, sleep)
    assert 0 < now[0] <= 10


@given(
    attempts=st.integers(1, 100),
    first=st.floats(0.001, 100),
    most=st.floats(0.001, 100),
    seed=st.integers(0, 2**32 - 1),
)
def test_pauses_stay_under_a_bound_that_doubles(attempts, first, most, seed):
    pauses = list(Retry(attempts=attempts, first_s=first, most_s=most).pauses(random.Random(seed).uniform))
    assert len(pauses) == attempts - 1
    assert all(0 <= pause <= min(most, first * 2.0**number) for number, pause in enumerate(pauses))
