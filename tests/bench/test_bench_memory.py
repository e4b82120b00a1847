"""Memory is that of a process and of all that it started."""

import os
import subprocess
import sys

from pleura.bench.memory import peak_mb, pss_mb, tree


def under_a_shell(code):
    """A shell and the process under it: what another test of this process frees meanwhile must not count."""
    return ["sh", "-c", f'"{sys.executable}" -c "{code}"; true']


def test_memory_is_that_of_a_process_and_all_under_it():
    assert tree(os.getpid())[0] == os.getpid()
    command = under_a_shell("ballast = b'1' * (64 << 20); print('held', flush=True); input()")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdout.readline() == "held\n"
        assert len(tree(shell.pid)) == 2
        assert 64 < pss_mb(shell.pid) < 128
        shell.communicate("\n")


def test_the_most_is_that_of_several_processes_together(tmp_path):
    # Each opens its end of a pipe when it holds its own, and waits there for the other.
    os.mkfifo(tmp_path / "pipe")
    held = "ballast = b'1' * (64 << 20); import sys, time; end = open(*sys.argv[1:]); time.sleep(2)"
    first, second = (f"'{sys.executable}' -c \"{held}\" '{tmp_path / 'pipe'}' {way}" for way in "rw")
    assert 128 < peak_mb(["sh", "-c", f"{first} & {second} & wait"]) < 256
