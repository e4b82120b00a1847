import json
from dataclasses import asdict

import pytest
import torch

from pleura.train.checkpoint import load_checkpoint, save_checkpoint
from pleura.train.journal import EpochRecord
from pleura.train.keep import Kept
from pleura.train.session import pack, start_session, unpack
from tiny import smoke

CPU = torch.device("cpu")
RECORD = EpochRecord(0, 0, 64, 1e-3, 0.5, 8, 1.0, 2.0, {"bce": 0.25}, {"loss": 0.5})


def step(session):
    """One optimiser step on fixed films."""
    generator = torch.Generator().manual_seed(0)
    logits = session.network(torch.rand(2, 1, 32, 32, generator=generator))["logits"]
    session.optimiser.param_groups[0]["lr"] = 1e-3
    session.optimiser.zero_grad(set_to_none=True)
    logits.square().mean().backward()
    session.optimiser.step()
    if session.average is not None:
        session.average.update(session.network)


def same(first, second):
    return all(torch.equal(value, second[key]) for key, value in first.items())


def test_the_seed_decides_the_first_weights():
    first, again, other = (start_session(smoke(seed=seed), CPU).network.state_dict() for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_a_session_survives_a_checkpoint_and_goes_on_as_if_never_stopped(tiny_data, tmp_path, ema):
    torch.set_num_threads(1)
    recipe = smoke(optimiser__ema=ema)
    session = start_session(recipe, CPU)
    step(session)
    session.epoch, session.stage, session.stage_epoch, session.waited = 3, 1, 1, 2
    session.kept, session.scores = [Kept(0.75, "epoch-2")], torch.tensor([0.5, 0.0])
    session.averaged = {"loss": 0.25}
    session.plateau.see(0.75, 2)
    session.records.append(RECORD)
    save_checkpoint(tmp_path / "last.pt", pack(session, recipe, tiny_data.record))
    resumed = start_session(recipe, CPU)
    unpack(load_checkpoint(tmp_path / "last.pt", CPU), resumed)
    assert (resumed.epoch, resumed.stage, resumed.stage_epoch, resumed.waited) == (3, 1, 1, 2)
    assert (resumed.kept, resumed.averaged) == (session.kept, session.averaged)
    assert torch.equal(resumed.scores, session.scores)
    assert asdict(resumed.plateau) == asdict(session.plateau)
    assert resumed.records == [RECORD]
    for each in (session, resumed):
        torch.manual_seed(5)
        step(each)
    assert same(session.network.state_dict(), resumed.network.state_dict())
    assert same(session.judged.state_dict(), resumed.judged.state_dict())


def test_the_average_is_judged_where_there_is_one():
    plain, averaged = (start_session(smoke(optimiser__ema=ema), CPU) for ema in (0.0, 0.9))
    assert plain.average is None
    assert plain.judged is plain.network
    assert averaged.average is not None
    assert averaged.judged is averaged.average.network


@pytest.mark.parametrize(("name", "kind"), [("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)])
def test_the_optimiser_is_the_recipe_s(name, kind):
    session = start_session(smoke(optimiser__name=name, optimiser__weight_decay=0.125), CPU)
    assert type(session.optimiser) is kind
    assert session.optimiser.param_groups[0]["weight_decay"] == 0.125


@pytest.mark.parametrize(("precision", "scaled"), [("float32", False), ("bfloat16", False), ("float16", True)])
def test_only_float16_scales_its_loss(precision, scaled):
    assert start_session(smoke(precision=precision), CPU).scaler.is_enabled() is scaled


def test_a_checkpoint_names_its_recipe_and_data(tiny_data):
    recipe = smoke()
    state = pack(start_session(recipe, CPU), recipe, tiny_data.record)
    assert state["recipe"] == json.loads(recipe.model_dump_json())
    assert (state["data_name"], state["data_sha256"]) == (tiny_data.record.name, tiny_data.record.sha256)
