"""How many workers there are, and threads of each, where the config file does not say."""

import pytest

import pleura.serve.config
from pleura.serve.config import Workers


@pytest.mark.parametrize(
    ("cores", "told", "processes", "threads"),
    [
        pytest.param(1, Workers(), 1, 1, id="one_core"),
        pytest.param(2, Workers(), 2, 2, id="two_cores"),
        pytest.param(16, Workers(), 12, 2, id="many_cores"),
        pytest.param(16, Workers(count=1), 1, 16, id="one_worker_takes_all"),
        pytest.param(16, Workers(count=4), 4, 4, id="few_share_all"),
        pytest.param(2, Workers(count=3, threads=1), 3, 1, id="as_told"),
    ],
)
def test_workers_keep_cores_busy_that_work_of_one_thread_leaves(monkeypatch, cores, told, processes, threads):
    monkeypatch.setattr(pleura.serve.config, "cores", lambda: cores)
    assert (told.processes, told.threads_each) == (processes, threads)
