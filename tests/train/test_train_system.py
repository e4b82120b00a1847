import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from pleura.core.errors import RecipeError, TrainingError
from pleura.core.postprocess import probabilities
from pleura.core.preprocess import to_input
from pleura.core.recipe import Part, System
from pleura.data.groups import film_groups
from pleura.evidence.out_of_fold import read_out_of_fold
from pleura.train import held_out
from pleura.train.checkpoint import load_checkpoint
from pleura.train.export_system import Plan, export_system, system_sources
from pleura.train.fold_curves import mean_and_band
from pleura.train.folds import deal_folds
from pleura.train.held_out import write_held_out
from pleura.train.networks import build_network
from pleura.train.plan import RunPlan
from pleura.train.resident import Pool, input_spec
from pleura.train.system import Choice, system_jobs, train_system
from tiny import SHORT, smoke

PLAN = RunPlan(torch.device("cpu"))
TINY = {"network__encoder": "test_efficientnet", "network__weights": "none", "optimiser__ema": 0.0}


def made_of(**parts):
    """A system of parts by name, each smoke with some values replaced, weighing 1, 2, ..."""
    members = tuple(
        Part(name=name, recipe=smoke(name=name, stages=[SHORT], **TINY, **changes), weight=weight)
        for weight, (name, changes) in enumerate(parts.items(), start=1)
    )
    whole = System.of(smoke(stages=[SHORT], **TINY))
    return whole.model_copy(update={"name": "several", "parts": members})


SYSTEM = made_of(folded={"folds": 2}, plain={"seed": 8})


def go(folder, dataset, system=SYSTEM, **changes):
    choice = changes.pop("choice", Choice())
    return train_system(system, dataset, folder, replace(PLAN, **changes), lambda _at: None, choice)


@pytest.fixture(scope="module")
def whole_run(tiny_data, tmp_path_factory):
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("system") / "run"
    go(folder, tiny_data)
    return folder


def test_folds_hold_out_every_training_film_once_and_share_no_patient(tiny_data):
    folds = deal_folds(tiny_data, 3, seed=1)
    films = tiny_data.indices("train")
    groups = dict(zip(films.tolist(), film_groups(tiny_data, films).tolist(), strict=True))
    assert sorted(np.concatenate([fold.held for fold in folds]).tolist()) == films.tolist()
    for fold in folds:
        assert sorted([*fold.train, *fold.held]) == films.tolist()
        assert not {groups[int(film)] for film in fold.train} & {groups[int(film)] for film in fold.held}


def test_a_band_spans_the_folds_that_have_a_value():
    mean, lowest, highest = mean_and_band([[1.0, 2.0, None], [3.0, None]])
    assert mean[:2].tolist() == [2.0, 2.0]
    assert (lowest[0], highest[0]) == (1.0, 3.0)
    assert np.isnan([mean[2], lowest[2], highest[2]]).all()


def test_one_network_trains_into_the_run_s_own_folder(tmp_path):
    (job,) = system_jobs(System.of(smoke()), tmp_path)
    assert job.folder == tmp_path


def test_every_part_and_fold_trains_into_a_folder_of_its_own(whole_run):
    found = {path.parent.relative_to(whole_run).as_posix() for path in whole_run.rglob("best.pt")}
    assert found == {"folded/fold-1", "folded/fold-2", "plain"}
    assert (whole_run / "folded" / "curves.png").is_file()


def test_held_out_maps_are_what_the_fold_s_own_network_says(whole_run, tiny_data):
    found = read_out_of_fold(whole_run / "folded" / "oof")
    assert found.films.tolist() == tiny_data.indices("train").tolist()
    for fold in deal_folds(tiny_data, 2, SYSTEM.parts[0].recipe.seed):
        recipe = SYSTEM.parts[0].recipe
        network = build_network(recipe.network, recipe.input.channels)
        state = load_checkpoint(whole_run / "folded" / f"fold-{fold.number}" / "best.pt", torch.device("cpu"))
        network.load_state_dict(state["network"])
        index = int(fold.held[0])
        film = to_input(tiny_data.images[index].astype(np.float32) / 255, None, input_spec(recipe, 32))
        with torch.no_grad():
            both = network.eval()(torch.from_numpy(np.stack((film, film[..., ::-1]))))["logits"].numpy()
        said = probabilities(both)[:, 0]
        place = found.films.tolist().index(index)
        assert found.record.folds[place] == fold.number
        # The film is stored as uint8 in training, and the maps are kept so.
        assert found.film(place).mask == pytest.approx((said[0] + said[1][:, ::-1]) / 2, abs=0.01)


def test_a_system_goes_on_in_the_middle_and_leaves_what_has_ended(whole_run, tiny_data, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole_run, run)
    for part in ("folded/fold-2", "folded/oof", "plain"):
        shutil.rmtree(run / part)
    before = (run / "folded" / "fold-1" / "last.pt").stat().st_mtime_ns
    go(run, tiny_data, resume=True)
    assert (run / "folded" / "fold-1" / "last.pt").stat().st_mtime_ns == before
    for name in ("folded/oof/maps.npy", "folded/oof/cases.json"):
        assert (run / name).read_bytes() == (whole_run / name).read_bytes()


def test_a_run_that_ends_leaves_the_films_of_those_that_still_train(tiny_data, tmp_path):
    run, shards, seen = tmp_path / "run", tmp_path / "local", []

    def other_fold(_at):
        if not seen:
            seen.append(sorted(shards.parent.rglob("*.u8")))
            go(run, tiny_data, choice=Choice("folded", 2), memory=1, shards=shards)
            seen.append(sorted(shards.parent.rglob("*.u8")))

    plan = replace(PLAN, memory=1, shards=shards)
    train_system(SYSTEM, tiny_data, run, plan, other_fold, Choice("folded", 1))
    assert len(seen[0]) == 4
    assert seen[1] == seen[0]
    assert not list(tmp_path.rglob("*.u8"))


def test_one_fold_of_one_part_can_be_trained_alone(tiny_data, tmp_path):
    (job,) = go(tmp_path, tiny_data, choice=Choice(part="folded", fold=2))
    assert job.folder == tmp_path / "folded" / "fold-2"
    assert [path.parent.name for path in tmp_path.rglob("best.pt")] == ["fold-2"]
    assert not (tmp_path / "folded" / "oof").exists()
    with pytest.raises(TrainingError, match="2 of 3 runs are not trained, first folded fold 1"):
        system_sources(tmp_path)


def test_a_system_whose_first_run_failed_to_begin_claims_no_folder(tiny_data, tmp_path):
    with pytest.raises(RecipeError, match="is no metric of validation"):
        go(tmp_path, tiny_data, made_of(plain={"validation__monitor": "dise"}))
    (job,) = go(tmp_path, tiny_data, made_of(plain={}))
    assert (job.folder / "best.pt").is_file()


def test_held_out_films_lie_where_and_as_the_plan_says_and_leave_no_copy(whole_run, tiny_data, tmp_path, monkeypatch):
    run, local, seen = tmp_path / "fold-1", tmp_path / "local", []
    shutil.copytree(whole_run / "folded" / "fold-1", run)
    fold = deal_folds(tiny_data, 2, SYSTEM.parts[0].recipe.seed)[0]
    monkeypatch.setattr(held_out, "wait", lambda: seen.extend(local.rglob("*.u8")))  # behind it they are removed
    write_held_out(run, Pool(tiny_data, fold.held), 1, replace(PLAN, memory=1, shards=local), tmp_path / "again")
    for name in ("maps.npy", "cases.json"):
        assert (tmp_path / "again" / name).read_bytes() == (run / "oof" / name).read_bytes()
    assert len(seen) == 1
    assert not list(tmp_path.rglob("*.u8"))


def test_a_name_or_lungs_that_cannot_be_are_refused_before_anything_is_written(whole_run, tiny_data, tmp_path):
    for name, lungs, said in (("My Blend", None, "'My Blend' cannot be"), ("ours", tmp_path, "no part .* crops")):
        with pytest.raises(TrainingError, match=said):
            next(export_system(whole_run, Plan(tmp_path / "ours.toml", name, "1", lungs), tiny_data))
    assert not list(tmp_path.iterdir())


def test_a_part_s_weight_is_shared_by_its_models(whole_run):
    _, sources = system_sources(whole_run)
    assert {source.stem: source.weight for source in sources} == {
        "folded-fold-1": 0.5,
        "folded-fold-2": 0.5,
        "plain": 2.0,
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"choice": Choice(part="flat")}, "no part 'flat'.*folded, plain", id="no such part"),
        pytest.param({"choice": Choice(fold=3)}, "no fold 3.*from 1 to 2", id="no such fold"),
        pytest.param({"lungs": "lungs.onnx"}, "no part of several crops to the lungs", id="lungs for nothing"),
        pytest.param({"unlabelled": "films"}, "no part of several has a table consistency", id="films for nothing"),
        pytest.param({"resume": True}, "no run to resume", id="nothing to resume"),
        pytest.param({"system": made_of(plain={"seed": 8})}, "another system", id="another system's folder"),
        pytest.param({}, "holds a run already", id="a run there already"),
    ],
)
def test_what_cannot_be_trained_is_said_before_training(whole_run, tiny_data, tmp_path, changes, said):
    folder = tmp_path if changes.get("resume") else whole_run
    with pytest.raises(TrainingError, match=said):
        go(folder, tiny_data, **changes)
