"""What many tests share: where the real films are, and a way with sockets that nobody closes."""

import gc
import os
import warnings
from pathlib import Path

import pytest
from hypothesis import settings

# No test is timed: a busy machine is no defect. And each draws the same examples every time: what a change broke is
# told from what was always wrong. `pytest --hypothesis-profile searching` draws others.
settings.register_profile("searching", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")
# Nor does a test depend on what its machine's owner saved with `pleura bench`.
os.environ["PLEURA_CONFIG"] = str(Path(__file__).parent / "no-config.toml")

_LONGEST = "test_recipes_end_to_end.py"
"""Begun first, and what trains next: begun late, one process would spend minutes on it while the others are idle."""

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first."""
    items.sort(key=lambda item: (item.path.name != _LONGEST, "train" not in item.path.parts))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real films beside the repository; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared/data beside this repository: real films are not part of it")
    return SHARED


@pytest.fixture
def lost_sockets():
    """Let the collector take the sockets of failed connections, which pynetdicom leaves to it, without a warning."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
