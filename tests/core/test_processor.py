"""The cores that may be used, in and out of containers."""

import os

import pytest

import pleura.core.processor
from pleura.core.processor import cores

ALL = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        pytest.param(None, ALL, id="no_cgroup"),
        pytest.param("max 100000\n", ALL, id="no_limit"),
        pytest.param("50000 100000\n", 1, id="half_a_core"),
        pytest.param("150000 100000\n", min(2, ALL), id="one_and_a_half"),
        pytest.param("6400000 100000\n", ALL, id="more_than_there_are"),
        pytest.param("nonsense", ALL, id="unknown_words"),
    ],
)
def test_cores_are_those_that_the_container_is_given(limit, expected, tmp_path, monkeypatch):
    path = tmp_path / "cpu.max"
    if limit is not None:
        path.write_text(limit)
    monkeypatch.setattr(pleura.core.processor, "_CPU_MAX", path)
    assert cores() == expected
