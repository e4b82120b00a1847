"""A recipe that crops to the lungs is trained and exported with the model that ships, where no other is named."""

import pytest
import torch

from pleura.core.recipe import System
from pleura.predict.lungs import SHIPPED_LUNGS
from pleura.runtime import read_model
from pleura.runtime.blend import read_blend
from pleura.train.export_system import Plan, export_system
from pleura.train.plan import RunPlan
from pleura.train.system import train_system
from tiny import SHORT, smoke

TINY = {"network__encoder": "test_efficientnet", "network__weights": "none", "optimiser__ema": 0.0}
CROPPED = System.of(smoke(stages=[SHORT], input__lung_crop={"margin": 0.1}, **TINY))


@pytest.fixture(scope="module")
def run(tiny_data, tmp_path_factory):
    """The run's folder."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("cropped") / "run"
    train_system(CROPPED, tiny_data, folder, RunPlan(torch.device("cpu")), lambda _at: None)
    return folder


def test_films_are_seen_through_the_shipped_model(run):
    state = torch.load(run / "last.pt", weights_only=True)
    assert state["lungs_sha256"] == read_model(SHIPPED_LUNGS).sha256


def test_the_export_is_a_blend_that_carries_it(run, tiny_data, tmp_path):
    out = tmp_path / "ours.toml"
    assert [source.stem for source, _, _ in export_system(run, Plan(out, "ours", "1"), tiny_data)]
    blend = read_blend(out)
    roles = {member.role: member for member in blend.spec.members}
    assert roles.keys() == {"segment", "lungs"}
    assert roles["lungs"].sha256 == read_model(SHIPPED_LUNGS).sha256
    assert (tmp_path / roles["lungs"].file).read_bytes() == SHIPPED_LUNGS.read_bytes()
