"""A cold start is measured for itself, and one that fails ends the measurement with an error of ours."""

import sys

import pytest

from pleura.bench.cold import Child
from pleura.core.errors import PleuraError

BARE = [sys.executable, "-I", "-S", "-c"]


@pytest.mark.parametrize("code", [3, -9])
def test_a_process_that_fails_is_told_and_no_film_is_named(code):
    end = "raise SystemExit(3)" if code == 3 else "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(PleuraError, match=f"ended with {code}") as caught:
        Child([*BARE, end, "Doe^Jane.dcm"])()
    assert "Doe" not in str(caught.value)


def test_a_command_that_is_not_there_is_told():
    with pytest.raises(PleuraError, match="ended with 1"):
        Child(["/nowhere/python"])()


def test_the_most_memory_is_the_process_s_own_and_not_that_of_who_began_it():
    held = bytearray(b"x" * (256 << 20))
    child = Child([*BARE, "pass"])
    assert 0 < child() < 60
    assert 1 < child.peak_mb < 100 < len(held) >> 20


def test_the_most_memory_that_it_held_is_kept():
    child = Child([*BARE, "x = b'x' * (64 << 20)"])
    child()
    assert 64 < child.peak_mb < 128
    child.command = [*BARE, "pass"]
    child()
    assert child.peak_mb > 64
