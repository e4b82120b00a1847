"""Contestants take turns; what is chosen of them is the cheapest of the quick."""

import itertools

import pytest

from pleura.bench.engines import Effort, _compared
from pleura.bench.timing import Times, alternate, ratio, timed


def test_contestants_take_turns_and_the_first_round_does_not_count():
    calls = []

    def contestant(name, taken):
        seconds = iter(taken)
        return lambda: calls.append(name) or next(seconds)

    times = alternate({"a": contestant("a", [9.0, 1.0, 3.0]), "b": contestant("b", [9.0, 2.0, 4.0])}, rounds=2)
    assert calls == ["a", "b"] * 3
    assert (times["a"].seconds, times["b"].seconds) == ((1.0, 3.0), (2.0, 4.0))


def test_rounds_end_when_the_time_is_over_but_not_before_three_count():
    times = alternate({"a": lambda: 1.0}, rounds=9, most_s=0.0)
    assert len(times["a"].seconds) == 3


def test_ratio_is_of_rounds_and_no_slow_spell_of_the_machine_moves_it():
    quick, slow = Times((1.0, 10.0, 1.0)), Times((2.0, 20.0, 2.0))
    assert ratio(quick, slow) == 0.5
    assert Times((1.0, 1.0, 1.0)).spread == 0
    assert Times((1.0, 2.0, 4.0)).spread == pytest.approx(0.5)


def test_timed_work_gives_its_own_seconds():
    done = []
    assert timed(lambda: done.append(1))() >= 0
    assert done == [1]


@pytest.mark.parametrize(
    ("close", "chosen"), [pytest.param(1.0, "8", id="quickest"), pytest.param(1.05, "4", id="cheapest_of_the_quick")]
)
def test_what_is_chosen(close, chosen):
    seconds = {"1": 4.0, "4": 1.02, "8": 1.0}
    speeds = itertools.cycle([1.0, 7.0])  # the machine stumbles every other round, for all contestants alike
    now = [1.0]

    def contestant(name):
        def run():
            if name == "1":
                now[0] = next(speeds)
            return seconds[name] * now[0]

        return run

    found = _compared({name: contestant(name) for name in seconds}, Effort(4, 60.0), close)
    assert found.chosen == chosen
