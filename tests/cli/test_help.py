import subprocess
import sys

import pytest

from pleura.cli import VERBS


def say(*arguments):
    command = [sys.executable, "-m", "pleura", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_list_of_verbs_has_a_line_for_each():
    listed = say("--help")
    for verb in VERBS:
        assert f" {verb.name} " in listed
        assert " ".join(verb.summary.split()[:3]) in listed


@pytest.mark.parametrize(
    ("verb", "promise"),
    [("predict", "The exit code is 0"), ("tune", "cross-fit by patient"), ("models", "inside this")],
)
def test_a_verbs_own_help_is_its_whole_docstring(verb, promise):
    assert promise in " ".join(say(verb, "--help").split())
