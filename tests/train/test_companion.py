import numpy as np
import pytest
import torch

from discs import make_discs
from pleura.core.errors import DatasetError, RecipeError, TrainingError
from pleura.data.splits import SplitPlan
from pleura.train.checkpoint import LAST, load_checkpoint
from pleura.train.companion import unlabelled_films
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from pleura.train.resident import Pool
from tiny import SHORT, smoke

CPU = torch.device("cpu")
TEACHING = {"weight": 10.0, "ramp_epochs": 2.0, "films": 2, "decays": [[0, 0.5], [1, 0.9]]}


@pytest.fixture(scope="module")
def unlabelled(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("unlabelled"), 4, split=SplitPlan(all_as="test"))


def run(recipe, data, folder, unlabelled=None, *, resume=False, report=lambda _at: None):
    torch.set_num_threads(1)
    return train(recipe, data, folder, RunPlan(CPU, resume, unlabelled=unlabelled), report)


class Killed(Exception):
    pass


def kill_at(epoch, step):
    def report(at):
        if (at.epoch, at.step) == (epoch, step):
            raise Killed

    return report


def test_a_killed_run_with_a_teacher_resumes_to_the_same_weights(tiny_data, unlabelled, tmp_path):
    recipe = smoke(stages=[SHORT | {"epochs": 2}], consistency=TEACHING)
    records = run(recipe, tiny_data, tmp_path / "whole", unlabelled.folder)
    assert records[0].terms["consistency"] > 0
    with pytest.raises(Killed):
        run(recipe, tiny_data, tmp_path / "killed", unlabelled.folder, report=kill_at(1, 2))
    run(recipe, tiny_data, tmp_path / "killed", unlabelled.folder, resume=True)
    whole, killed = (load_checkpoint(tmp_path / name / LAST, CPU) for name in ("whole", "killed"))
    for one, other in ((whole, killed), (whole["companion"], killed["companion"])):
        assert all(torch.equal(value, other["network"][key]) for key, value in one["network"].items())
    assert not all(torch.equal(value, whole["companion"]["network"][key]) for key, value in whole["network"].items())
    assert whole["unlabelled"] == unlabelled.record.sha256


def test_labels_of_the_unlabelled_films_are_never_read(tiny_data, unlabelled, tmp_path):
    recipe = smoke(stages=[SHORT], consistency=TEACHING)
    masks = np.load(unlabelled.folder / "masks.npy")
    for name, labels in (("true", masks), ("none", np.zeros_like(masks))):
        np.save(unlabelled.folder / "masks.npy", labels)
        run(recipe, tiny_data, tmp_path / name, unlabelled.folder)
    np.save(unlabelled.folder / "masks.npy", masks)
    one, other = (load_checkpoint(tmp_path / name / LAST, CPU)["network"] for name in ("true", "none"))
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize(
    ("consistency", "given", "said"),
    [
        pytest.param(TEACHING, False, "--unlabelled FOLDER", id="none given"),
        pytest.param(None, True, "learns nothing from unlabelled", id="none asked for"),
    ],
)
def test_recipe_and_option_must_fit(tiny_data, unlabelled, tmp_path, consistency, given, said):
    with pytest.raises(RecipeError, match=said):
        run(
            smoke(stages=[SHORT], consistency=consistency), tiny_data, tmp_path / "run",
            unlabelled.folder if given else None,
        )  # fmt: skip
    assert not (tmp_path / "run").exists()


def test_films_that_are_judged_are_no_unlabelled_films(tiny_data, tmp_path):
    held = tiny_data.indices("val")
    judged = RunPlan(CPU, val_films=held, train_films=tiny_data.indices("train"), unlabelled=tiny_data.folder)
    found = unlabelled_films(smoke(consistency=TEACHING), judged, Pool(tiny_data, held))
    assert found.indices.tolist() == tiny_data.indices("train").tolist()
    with pytest.raises(DatasetError, match="judged on"):
        unlabelled_films(smoke(consistency=TEACHING), judged, Pool(tiny_data, np.arange(len(tiny_data))))


def test_a_run_does_not_go_on_with_other_unlabelled_films(tiny_data, unlabelled, tmp_path):
    recipe = smoke(stages=[SHORT | {"epochs": 2}], consistency=TEACHING)
    with pytest.raises(Killed):
        run(recipe, tiny_data, tmp_path / "run", unlabelled.folder, report=kill_at(1, 1))
    other = make_discs(tmp_path / "other", 4, seed=8, split=SplitPlan(all_as="test"))
    with pytest.raises(TrainingError, match="--unlabelled"):
        run(recipe, tiny_data, tmp_path / "run", other.folder, resume=True)
