"""From a blend's soft targets to a student, as docs/training.md has it."""

import numpy as np
import pytest
import torch

from discs import make_discs
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.data.splits import SplitPlan
from pleura.train.checkpoint import BEST, load_checkpoint
from pleura.train.export import export
from pleura.train.lesson import learn_from
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from pleura.train.resident import Pool, make_resident
from pleura.train.soft import load_soft
from tiny import SHORT, smoke

CPU = torch.device("cpu")
SMOOTH = {"warp": {}, "tone": {}}
"""No augmentation: a few epochs shall show that something is learned."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("own"), 16, split=SplitPlan(val=0.4))


@pytest.fixture(scope="module")
def soft(dataset, tmp_path_factory):
    """What a blend of two networks says of the training films, written through the command line."""
    folder = tmp_path_factory.mktemp("blend")
    head = 'format = 1\nname = "two"\nversion = "1"\n[decision]\nrule = "triplet"\ntop = 0.7\narea = 600\n'
    members = [
        f'[[members]]\nfile = "{tilt}.onnx"\nsha256 = "{make_model(folder / f"{tilt}.onnx", tilt=tilt).sha256}"\n'
        'role = "segment"\n'
        for tilt in (0.0, 0.5)
    ]
    (folder / "blend.toml").write_text(head + "".join(members))
    words = ("--agreement", 0, "--split", "train", "--out", folder / "soft", "--device", "cpu", "--threads", 1)
    words = ("pseudo", folder / "blend.toml", dataset.folder, *words, "--precision", "float32")
    assert run(build_app(), [str(word) for word in words]) == 0
    return folder / "soft"


def test_a_student_is_asked_for_the_maps_of_its_teachers(dataset, soft, tmp_path):
    train_films, judged = dataset.indices("train"), dataset.indices("val")
    lesson = learn_from(soft, 1.0, dataset, train_films, judged)
    films = make_resident(Pool(dataset, train_films, lesson=lesson), smoke(), 64, CPU, tmp_path)
    maps = load_soft(soft).maps
    assert np.array_equal(films.targets[:, 0].numpy(), maps)
    _, targets = films.batch([0, 1])
    assert torch.equal(targets.mask[:, 0], torch.from_numpy(maps[:2].copy()).float() / 255)


def test_a_student_comes_nearer_to_its_teachers(dataset, soft, tmp_path):
    torch.set_num_threads(1)
    stage = SHORT | {"epochs": 6, "batch": 4, "schedule": "constant", "learning_rate": 5e-3}
    recipe = smoke(stages=[stage], augmentation=SMOOTH, loss={"bce": 1.0})
    records = train(recipe, dataset, tmp_path / "run", RunPlan(CPU, soft=soft), lambda _at: None)
    assert records[-1].train_loss < 0.8 * records[0].train_loss
    origin = load_soft(soft).record.origin
    assert load_checkpoint(tmp_path / "run" / BEST, CPU)["soft"] == origin.model_dump(mode="json")


@pytest.mark.long
def test_the_student_s_own_soft_targets_are_those_of_round_2(dataset, soft, tmp_path):
    torch.set_num_threads(1)
    train(smoke(stages=[SHORT]), dataset, tmp_path / "run", RunPlan(CPU, soft=soft), lambda _at: None)
    student = tmp_path / "student.onnx"
    model, _ = export(tmp_path / "run" / BEST, student, dataset, name="student", version="1")
    words = ("pseudo", student, dataset.folder, "--out", tmp_path / "soft", "--round", 2, "--device", "cpu")
    assert run(build_app(), [str(word) for word in words]) == 0
    assert load_soft(tmp_path / "soft").record.origin.models == (*load_soft(soft).record.origin.models, model.sha256)
