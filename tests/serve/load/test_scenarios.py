"""Every scenario of the benchmark in short, with the shipped model; what takes how long is the benchmark's matter."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

from load.films import films_of_a_day
from load.plan import SHORT, Bench, find_basis
from serve_load import SCENARIOS

pytestmark = pytest.mark.long
PLAN = replace(SHORT, singles=3, saturation=8.0, steady=10.0, random=5.0, overload=8.0, kills=5)
TIMES = ("s", "x", "S", "%")


@pytest.fixture(scope="module")
def bench():
    supply, _ = films_of_a_day()
    basis, lines = find_basis(PLAN, supply)
    assert len(lines) == 3
    return Bench(PLAN, supply, basis)


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_doubled_or_answered_otherwise(name, bench):
    lines = SCENARIOS[name](bench)
    if not lines:
        pytest.skip("no small disk can be mounted here")
    asked = [line for line in lines if line.has_aim and line.unit not in TIMES]
    assert asked
    assert not [line for line in asked if not line.holds]
