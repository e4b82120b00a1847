"""The same recipe, data and seed at equal threads give the same files on one machine."""

import pytest
import torch

from pleura.core.files import sha256_of
from pleura.runtime import read_model
from pleura.train.checkpoint import BEST
from pleura.train.export import export
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from tiny import SHORT, smoke


@pytest.fixture(scope="module")
def twins(tiny_data, tmp_path_factory):
    """Two runs of the same, each in a folder of its own."""
    torch.set_num_threads(1)
    folders = [tmp_path_factory.mktemp("twin") / name for name in ("one", "another")]
    for folder in folders:
        recipe = smoke(stages=[SHORT], decision__area=64)
        train(recipe, tiny_data, folder, RunPlan(torch.device("cpu")), lambda _at: None)
    return folders


def test_checkpoints_have_the_same_hash(twins):
    first, second = (sha256_of(folder / BEST) for folder in twins)
    assert first == second


def test_model_files_have_the_same_hash_and_say_on_what_they_were_trained(twins, tiny_data, tmp_path):
    models = [
        export(folder / BEST, tmp_path / f"{folder.name}.onnx", tiny_data, name="twin", version="1")[0]
        for folder in twins
    ]
    assert models[0].sha256 == models[1].sha256
    training = read_model(models[0].path).spec.training
    assert training is not None
    assert training.threads == 1
    assert training.device
    assert set(training.libraries) >= {"torch", "timm", "segmentation-models-pytorch", "numpy", "onnx"}
