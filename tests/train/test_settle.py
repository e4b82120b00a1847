import pytest
import torch

from pleura.train import settle
from pleura.train.checkpoint import LAST, load_checkpoint
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from tiny import SHORT, smoke

CPU = torch.device("cpu")
STILL = SHORT | {"learning_rate": 1e-12, "schedule": "constant"}
NEVER = {"decision": {"rule": "triplet", "top": 1.0, "bottom": 0.5}, "validation__monitor": "empty_correct"}
"""Nothing is ever found, so that no epoch is better than the first."""


def run(recipe, data, folder, *, resume=False):
    torch.set_num_threads(1)
    return train(recipe, data, folder, RunPlan(CPU, resume), lambda _at: None)


class Killed(Exception):
    pass


def killing(*_arguments):
    raise Killed


def test_patience_ends_no_stage_before_its_last_epochs_were_judged(tiny_data, tmp_path):
    recipe = smoke(stages=[STILL | {"epochs": 9}], validation__patience=1, validation__every=3, **NEVER)
    records = run(recipe, tiny_data, tmp_path)
    assert [bool(record.validation) for record in records] == [False, False, True] * 2


def test_averaged_weights_are_the_same_after_a_kill_where_the_encoder_stood_still(tiny_data, tmp_path, monkeypatch):
    stage = SHORT | {"epochs": 2, "freeze_encoder_epochs": 2}
    recipe = smoke(stages=[stage], averaging={"swa_epochs": 2}, validation__monitor="loss", validation__tta="none")
    run(recipe, tiny_data, tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(settle, "measure_batch_norm", killing)
        with pytest.raises(Killed):
            run(recipe, tiny_data, tmp_path / "killed")
    run(recipe, tiny_data, tmp_path / "killed", resume=True)
    whole, killed = (load_checkpoint(tmp_path / name / LAST, CPU)["averaged"] for name in ("whole", "killed"))
    assert killed == pytest.approx(whole, rel=0, abs=0, nan_ok=True)


def test_what_a_kill_left_unfinished_is_gone_after_a_resume(tiny_data, tmp_path):
    recipe = smoke(stages=[SHORT])
    run(recipe, tiny_data, tmp_path)
    (tmp_path / ".0123.part").write_bytes(b"half a checkpoint")
    run(recipe, tiny_data, tmp_path, resume=True)
    assert not list(tmp_path.glob(".*"))
