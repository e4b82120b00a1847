"""Memory of a worker is kept from film to film."""

import subprocess
import sys

import pytest

LOOK = """
import resource
import sys
import numpy as np
from pleura.serve.work.memory import keep_memory
if sys.argv[1] == "kept" and not keep_memory():
    sys.exit("another library")
films = [np.ones(20 << 20, np.uint8) for _ in range(4)]
del films
with open("/proc/self/statm") as file:
    print(int(file.read().split()[1]) * resource.getpagesize() >> 20)
"""


def resident_mb(how):
    done = subprocess.run([sys.executable, "-c", LOOK, how], capture_output=True, text=True)
    if "another library" in done.stderr or "statm" in done.stderr:
        pytest.skip("memory can be kept and looked at with glibc on Linux only")
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def test_what_films_took_is_kept_for_the_next_ones():
    assert resident_mb("kept") - resident_mb("left alone") > 60
