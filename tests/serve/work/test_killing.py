"""What is killed takes the processes that worked for it along."""

import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from pleura.serve.work.killing import kill


def parent(link):
    """A process that has started another one, as a worker has its decoder."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], process_group=0)
    link.send(child.pid)
    child.wait()


def test_a_process_is_killed_with_its_children():
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=parent, args=(theirs,))
    process.start()
    assert ours.poll(60)
    child = ours.recv()
    kill(process)
    assert not process.is_alive()
    end = time.monotonic() + 10
    while runs(child):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_process_that_has_ended_is_left_as_it_is():
    process = get_context("spawn").Process(target=os.getpid)
    process.start()
    process.join()
    kill(process)
    assert process.exitcode == 0


def runs(pid):
    """Is it there, and no mere entry of one that is dead?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
