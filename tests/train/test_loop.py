import gc
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pleura.core.errors import RecipeError, TrainingError
from pleura.train import loop, resident, settle
from pleura.train.checkpoint import BEST, LAST, load_checkpoint
from pleura.train.loop import train
from pleura.train.networks import build_network
from pleura.train.plan import RunPlan
from pleura.train.resident import Resident
from pleura.train.session import start_session
from tiny import smoke

CPU = torch.device("cpu")


def run(recipe, data, folder, *, resume=False, report=lambda _at: None):
    torch.set_num_threads(1)
    return train(recipe, data, folder, RunPlan(CPU, resume), report)


def test_smoke_leaves_a_whole_run_and_learns(tiny_data, tmp_path):
    records = run(smoke(), tiny_data, tmp_path / "run")
    files = {path.name for path in (tmp_path / "run").iterdir()}
    assert files >= {"recipe.json", "augmentation.png", "metrics.jsonl", "timing.json", "curves.png", LAST, BEST}
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [0, 1, 2, 3]
    assert [record.resolution for record in records] == [64, 64, 96, 96]
    assert records[-1].train_loss < records[0].train_loss
    assert set(json.loads((tmp_path / "run" / "timing.json").read_text())) == {
        "step_ms", "epoch_s", "total_s", "images_per_s",
    }  # fmt: skip


def everything():
    """A recipe with all that a session has to remember."""
    first = {
        "resolution": 64, "crop": 32, "epochs": 2, "learning_rate": 1e-3, "batch": 4, "accumulate": 2,
        "positive_rate": 0.6, "positive_rate_end": 0.5, "hard_negatives": 0.5, "freeze_encoder_epochs": 1,
    }  # fmt: skip
    then = first | {"resolution": 32, "crop": None, "schedule": "plateau", "begin": "best"}
    return smoke(
        stages=[first, then], averaging={"swa_epochs": 2, "keep": 2}, validation__monitor="loss",
        network__encoder="test_efficientnet", network__dropout=[0.2] * 6,
        augmentation__erase={"chance": 0.5, "size": [0.1, 0.2]},
    )  # fmt: skip


def weights(folder, name):
    return load_checkpoint(folder / name, CPU)["network"]


def same(first, second):
    return all(torch.equal(value, second[key]) for key, value in first.items())


def test_a_run_killed_anywhere_resumes_to_the_same_weights(tiny_data, tmp_path, monkeypatch):
    recipe, whole, killed = everything(), tmp_path / "whole", tmp_path / "killed"
    run(recipe, tiny_data, whole)
    assert {path.name for path in whole.glob("*.pt")} == {LAST, BEST, "best-1.pt", "best-2.pt"}
    assert not (whole / "kept").exists()
    script = (
        "import sys, torch; from pathlib import Path; torch.set_num_threads(1)\n"
        "from pleura.core.recipe import Recipe; from pleura.data import load_dataset\n"
        "from pleura.train.loop import train; from pleura.train.plan import RunPlan\n"
        "train(Recipe.model_validate_json(sys.argv[3]), load_dataset(Path(sys.argv[1])), Path(sys.argv[2]),\n"
        "      RunPlan(torch.device('cpu')), lambda at: print(at.epoch, at.step, flush=True))\n"
    )
    arguments = [str(tiny_data.folder), str(killed), recipe.model_dump_json()]
    child = subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if line.split() == ["1", "1"]:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    assert load_checkpoint(killed / LAST, CPU)["epoch"] == 1
    with monkeypatch.context() as patch:  # and again, while the last epochs are averaged
        patch.setattr(settle, "measure_batch_norm", killing)
        with pytest.raises(Killed):
            run(recipe, tiny_data, killed, resume=True)
    run(recipe, tiny_data, killed, resume=True)
    for name in (LAST, BEST, "best-1.pt", "best-2.pt"):
        assert same(weights(whole, name), weights(killed, name))
    ended = [load_checkpoint(folder / LAST, CPU) for folder in (whole, killed)]
    assert ended[0]["averaged"] is not None
    assert ended[0]["averaged"] == ended[1]["averaged"]
    assert ended[0]["kept"] == ended[1]["kept"]
    assert torch.equal(*(state["scores"].nan_to_num(-1) for state in ended))
    losses = [[record["train_loss"] for record in state["records"]] for state in ended]
    assert losses[0] == losses[1]


class Killed(Exception):
    pass


def killing(*_arguments):
    raise Killed


def test_a_metric_that_does_not_exist_fails_before_the_first_step(tiny_data, tmp_path):
    with pytest.raises(RecipeError, match="val_iou_score"):
        run(smoke(validation__monitor="val_iou_score"), tiny_data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_is_not_overwritten(tiny_data, tmp_path):
    short = smoke(stages=[{"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}])
    run(short, tiny_data, tmp_path / "run")
    with pytest.raises(TrainingError, match="--resume"):
        run(short, tiny_data, tmp_path / "run")


def test_resume_refuses_another_recipe(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
    run(smoke(stages=[stage]), tiny_data, tmp_path / "run")
    with pytest.raises(TrainingError, match="another recipe"):
        run(smoke(stages=[stage | {"epochs": 2}]), tiny_data, tmp_path / "run", resume=True)


def test_early_stop_ends_after_patience_without_a_better_metric(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 9, "learning_rate": 1e-9, "batch": 8, "schedule": "constant", "floor": 0}
    never = {"rule": "triplet", "top": 1.0, "bottom": 0.5}
    recipe = smoke(stages=[stage], decision=never, validation__patience=2, validation__monitor="empty_correct")
    assert len(run(recipe, tiny_data, tmp_path / "run")) == 3


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_checkpoint(tiny_data, tmp_path):
    stages = [
        {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8},
        {"resolution": 32, "epochs": 1, "learning_rate": 1e30, "batch": 4, "schedule": "constant"},
    ]
    with pytest.raises(TrainingError, match=r"loss became nan in epoch 1, step \d, on the films \d{3}, \d{3}"):
        run(smoke(stages=stages, optimiser__clip_norm=0.0), tiny_data, tmp_path / "run")
    assert load_checkpoint(tmp_path / "run" / LAST, CPU)["epoch"] == 1


def test_bfloat16_trains_on_a_cpu(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
    started = time.perf_counter()
    records = run(smoke(stages=[stage], precision="bfloat16"), tiny_data, tmp_path / "run")
    assert 0 < records[0].seconds <= time.perf_counter() - started


def test_a_run_killed_before_its_first_checkpoint_resumes_from_the_start(tiny_data, tmp_path):
    recipe = smoke(stages=[{"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}])
    with pytest.raises(Killed):
        run(recipe, tiny_data, tmp_path / "killed", report=killing)
    (tmp_path / "killed" / ".0123.part").write_bytes(b"half of a checkpoint")
    run(recipe, tiny_data, tmp_path / "killed", resume=True)
    run(recipe, tiny_data, tmp_path / "whole")
    assert not list((tmp_path / "killed").glob(".*"))
    killed, whole = (load_checkpoint(tmp_path / name / LAST, CPU)["network"] for name in ("killed", "whole"))
    assert all(torch.equal(killed[key], whole[key]) for key in whole)


def test_resuming_needs_a_run(tiny_data, tmp_path):
    with pytest.raises(TrainingError, match="no such checkpoint"):
        run(smoke(), tiny_data, tmp_path / "run", resume=True)


def test_resuming_a_run_that_ended_changes_nothing_but_completes_its_journal(tiny_data, tmp_path):
    recipe = smoke(stages=[{"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}])
    records = run(recipe, tiny_data, tmp_path)
    before = (tmp_path / LAST).read_bytes()
    (tmp_path / "metrics.jsonl").write_text("")
    assert run(recipe, tiny_data, tmp_path, resume=True) == records
    assert (tmp_path / LAST).read_bytes() == before
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1


def test_a_run_resumes_without_the_file_of_its_first_weights(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
    weights = tmp_path / "first.pth"
    network = build_network(smoke().network, 1)
    torch.save(network.get_submodule("encoder.model").state_dict(), weights)
    recipe = smoke(stages=[stage], network__weights=str(weights))
    run(recipe, tiny_data, tmp_path / "run")
    weights.unlink()
    assert len(run(recipe, tiny_data, tmp_path / "run", resume=True)) == 1


def test_a_metric_undefined_in_every_validation_is_an_error_and_never_the_best(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 2, "learning_rate": 1e-9, "batch": 8, "schedule": "constant"}
    nothing = {"rule": "triplet", "top": 1.0, "bottom": 0.5}
    recipe = smoke(stages=[stage], decision=nothing, validation__monitor="pooled_precision")
    with pytest.raises(TrainingError, match="pooled_precision was undefined"):
        run(recipe, tiny_data, tmp_path)
    assert load_checkpoint(tmp_path / LAST, CPU)["kept"] == []
    first = json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[0])
    assert first["validation"]["pooled_precision"] is None


def test_a_plateau_and_the_patience_start_anew_with_each_stage(tiny_data, tmp_path):
    stage = {
        "resolution": 32, "epochs": 4, "learning_rate": 1e-9, "batch": 8, "floor": 0, "schedule": "plateau",
        "plateau_patience": 1, "plateau_factor": 0.5,
    }  # fmt: skip
    never = {"rule": "triplet", "top": 1.0, "bottom": 0.5}
    recipe = smoke(stages=[stage, stage], decision=never, validation__patience=5, validation__monitor="empty_correct")
    rates = [record.learning_rate for record in run(recipe, tiny_data, tmp_path)]
    assert rates == [1e-9, 1e-9, 1e-9, 5e-10] * 2


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no /proc: what is mapped cannot be told")
def test_films_mapped_from_the_run_folder_are_let_go_and_then_gone_when_it_ends(tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(resident, "_SHARE_OF_MEMORY", 0.0)
    mapped, there = [], []

    def look(*_at):
        mapped.append(Path("/proc/self/maps").read_text().count(".u8"))

    def meet():
        look()
        there.append((tmp_path / "cache").exists())

    monkeypatch.setattr(loop, "wait", meet)
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-3, "batch": 8}
    run(smoke(stages=[stage]), tiny_data, tmp_path, report=look)
    assert mapped[0] == 4
    assert mapped[-1] == 0
    assert there == [True, False]  # none removes it while another reads, nor when another may write there again


def test_films_are_judged_against_their_masks_as_they_are(tiny_data, tmp_path):
    stage = {"resolution": 32, "epochs": 1, "learning_rate": 1e-9, "batch": 8, "schedule": "constant"}
    plain, soft = (
        run(smoke(stages=[stage], target=target, optimiser__ema=0.0), tiny_data, tmp_path / name)[0].validation
        for name, target in (("plain", {}), ("soft", {"blur_px": 400.0}))
    )
    assert soft["siim_dice"] == pytest.approx(plain["siim_dice"])
    assert soft["loss"] == pytest.approx(plain["loss"], rel=1e-3)


def still(**changes):
    """A stage in which nothing is learned."""
    return {"resolution": 32, "epochs": 5, "learning_rate": 1e-12, "batch": 8, "schedule": "constant"} | changes


NEVER = {
    "decision": {"rule": "triplet", "top": 1.0, "bottom": 0.5}, "validation__monitor": "empty_correct",
    "network__encoder": "test_efficientnet",
}  # fmt: skip


def test_films_of_a_stage_leave_memory_before_those_of_the_next_come(tiny_data, tmp_path):
    alive = {}

    def count(at):
        gc.collect()
        alive[at.stage] = sum(type(each) is Resident for each in gc.get_objects())
        if at.stage == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(smoke(stages=[still(epochs=1), still()], **NEVER), tiny_data, tmp_path, report=count)
    assert alive[1] == alive[0]


def test_patience_ends_its_stage_and_the_next_one_goes_on(tiny_data, tmp_path):
    recipe = smoke(stages=[still(patience=1), still()], validation__patience=2, **NEVER)
    assert [record.stage for record in run(recipe, tiny_data, tmp_path)] == [0, 0, 1, 1, 1]


def test_a_stage_may_begin_with_the_best_network_so_far(tiny_data, tmp_path):
    learning = still(epochs=2, learning_rate=1e-2)  # of equal merits the first epoch's is the best
    recipe = smoke(stages=[learning, still(epochs=1, begin="best")], optimiser__ema=0.0, **NEVER)
    run(recipe, tiny_data, tmp_path)
    best, last = weights(tmp_path, BEST), weights(tmp_path, LAST)
    assert load_checkpoint(tmp_path / BEST, CPU)["epoch"] == 1
    convolutions = [name for name, value in best.items() if value.ndim == 4]
    assert all(torch.allclose(best[name], last[name], atol=1e-6) for name in convolutions)


def test_an_encoder_that_stands_still_keeps_its_weights_and_statistics(tiny_data, tmp_path):
    recipe = smoke(stages=[still(epochs=1, learning_rate=1e-2, freeze_encoder_epochs=1)], **NEVER)
    run(recipe, tiny_data, tmp_path)
    first, last = start_session(recipe, CPU).network.state_dict(), weights(tmp_path, LAST)
    moved = {name.split(".")[0] for name in first if not torch.equal(first[name], last[name])}
    assert "encoder" not in moved
    assert "decoder" in moved


def test_a_fold_trains_on_its_own_films_and_does_not_resume_another_s(tiny_data, tmp_path):
    every = tiny_data.indices("train")
    recipe, plan = (
        smoke(stages=[still(epochs=1)], **NEVER),
        RunPlan(CPU, train_films=every[:16], val_films=every[16:]),
    )
    records = train(recipe, tiny_data, tmp_path, plan, lambda _at: None)
    assert records[0].films == 16
    assert len(train(recipe, tiny_data, tmp_path, replace(plan, resume=True), lambda _at: None)) == 1
    with pytest.raises(TrainingError, match="other films"):
        run(recipe, tiny_data, tmp_path, resume=True)
    moved = replace(plan, resume=True, train_films=every[:12], val_films=every[12:])
    with pytest.raises(TrainingError, match="other films"):  # the same films, one after another
        train(recipe, tiny_data, tmp_path, moved, lambda _at: None)


def test_a_batch_that_finds_no_memory_is_an_error_that_names_one_that_does(tiny_data, tmp_path, monkeypatch):
    fetch = Resident.batch

    def hungry(films, rows):
        return fetch(films, rows) if len(rows) < 8 else torch.empty(2**58)

    monkeypatch.setattr(Resident, "batch", hungry)
    with pytest.raises(TrainingError, match="out of memory with batch = 16") as caught:
        run(smoke(stages=[still(batch=16)], **NEVER), tiny_data, tmp_path)
    assert caught.value.remedy == "batch = 4 fits; with accumulate = 4 a step takes as many films."
