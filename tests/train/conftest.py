"""A data set small enough to train on in seconds, imported by pleura itself, and one short run on it."""

from pathlib import Path

import pytest
import torch

from pleura.data import Dataset
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from tiny import SHORT, draw_pairs, smoke


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("tiny")
    source = import_pairs(draw_pairs(folder / "source", 32))
    return prepare(source, folder / "data", PreparePlan(side=128, split=SplitPlan(val=0.25)))


@pytest.fixture(scope="session")
def short_run(tiny_data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one epoch of `smoke` at 32 pixels."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("short") / "run"
    recipe = smoke(stages=[SHORT], decision__area=64)
    train(recipe, tiny_data, folder, RunPlan(torch.device("cpu")), lambda _at: None)
    return folder
