"""Every shipped recipe at the budget `smoke` with a tiny encoder, the whole way; and that each one learns."""

import csv
import shutil
import tomllib
from collections import Counter

import numpy as np
import pytest
import torch

from pleura.cli import build_app
from pleura.cli.console import run
from pleura.core.recipe import SHIPPED, load_system, scale_system, shipped_names, with_encoder
from pleura.core.recipe.writing import to_toml
from pleura.core.spec import Crop
from pleura.data import load_dataset
from pleura.evidence.out_of_fold import read_out_of_fold
from pleura.predict.loading import load
from pleura.runtime import Blend
from pleura.train.epoch import take_step
from pleura.train.export_system import system_sources
from pleura.train.losses import total_loss
from pleura.train.resident import Pool, input_spec, make_resident
from pleura.train.session import start_session
from pleura.train.validate import infer
from tiny import draw_pairs

FILMS, UNLABELLED, SIDE = 16, 6, 64
ENCODER = ("--encoder", "test_efficientnet", "--weights", "none")
ONE_THREAD = ("--device", "cpu", "--threads", 1)
OPENS_SOONEST = ("--engine", "onnxruntime", *ONE_THREAD)
"""Export has compared both engines on every model; a blend of sixteen opens sooner in this one."""
STEPS, RATE, SHARE = 25, 3e-3, 0.8
"""A fixed batch is learned so far that its loss falls under this share of its start in so many steps."""


def pleura(*words):
    return run(build_app(), [str(word) for word in words])


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Films to learn from, others without labels, and a model that stands in for one of the lungs."""
    folder = tmp_path_factory.mktemp("recipes")
    draw_pairs(folder / "source", FILMS + UNLABELLED)
    for name in ("png_images", "png_masks"):
        (folder / "others" / name).mkdir(parents=True)
        for path in sorted((folder / "source" / name).iterdir())[FILMS:]:
            shutil.move(path, folder / "others" / name / path.name)
    side = ("--side", SIDE)
    codes = [
        pleura("prepare", "pairs", folder / "source", "--out", folder / "data", "--val", 0.25, *side),
        pleura("prepare", "pairs", folder / "others", "--out", folder / "unlabelled", "--val", 0, *side),
        _train("smoke", folder, folder / "lungs", ENCODER),
        pleura("export", folder / "lungs", "--data", folder / "data", "--out", folder / "lungs.onnx"),
    ]
    assert codes == [0] * 4
    return folder


def _train(name, folder, out, encoder):
    words = ["train", name, "--data", folder / "data", "--out", out, "--budget", "smoke", *encoder, *ONE_THREAD]
    recipes = [part.recipe for part in load_system(name).parts]
    if any(recipe.input.lung_crop is not None for recipe in recipes):
        words += ["--lungs", folder / "lungs.onnx"]
    if any(recipe.consistency is not None for recipe in recipes):
        words += ["--unlabelled", folder / "unlabelled"]
    return pleura(*words)


def _without_repeats(name, out):
    """The recipe, less what the tiny encoder makes a third part of the very same weights; most have none."""
    tiny = with_encoder(scale_system(load_system(name), "smoke"), "test_efficientnet", "none")
    alike, kept = Counter(), set()
    for part in tiny.parts:
        said = part.role, part.recipe.model_dump_json(exclude={"name", "summary", "source", "reported"})
        alike[said] += 1
        if alike[said] <= 2:
            kept.add(part.name)
    if len(kept) == len(tiny.parts):
        return name
    shutil.copytree(SHIPPED / name, out / name)
    file = out / name / "system.toml"
    tables = tomllib.loads(file.read_text("utf-8"))
    tables["parts"] = [part for part in tables["parts"] if part["name"] in kept]
    file.write_text(to_toml(tables), "utf-8")
    return str(out / name)


def _travel(name, folder, out, encoder):
    """Train, export, tune and predict with one recipe, if it finds a pneumothorax; gives the tuned model or blend."""
    assert _train(name, folder, out / "run", encoder) == 0
    _, sources = system_sources(out / "run")
    crops = any(source.job.part.recipe.input.lung_crop is not None for source in sources)
    model = out / ("model.toml" if crops or len(sources) > 1 else "model.onnx")
    lungs = ("--lungs", folder / "lungs.onnx") if crops else ()
    data = ("--data", folder / "data")
    assert pleura("export", out / "run", *data, "--out", model, *lungs) == 0
    loaded = load(model)
    members = loaded.models if isinstance(loaded, Blend) else (loaded,)
    assert len(members) == len(sources) + crops
    tuned = out / f"tuned{model.suffix}"
    asked = ("--split", "train", "--folds", 2, "--draws", 1)
    assert pleura("tune", model, *data, *asked, "--out", tuned, *OPENS_SOONEST) == 0
    film = folder / "source" / "png_images" / "000.png"
    code = pleura("predict", film, "--no-gate", "--out", out / "found", "--model", tuned, *OPENS_SOONEST)
    if any(source.job.part.recipe.finds != "pneumothorax" for source in sources):
        assert code == 1  # what outlines something else is no model to read a film with
        return load(tuned)
    assert code == 0
    with (out / "found" / "results.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert 0.0 <= float(row["probability"]) <= 1.0
    return load(tuned)


@pytest.mark.parametrize("name", shipped_names())
def test_a_recipe_goes_the_whole_way(name, work, tmp_path):
    recipe = _without_repeats(name, tmp_path)
    model = _travel(recipe, work, tmp_path, ENCODER)
    system = scale_system(load_system(recipe), "smoke")
    assert model.spec.decision.rule == system.decision.rule
    for part in system.parts:
        if part.recipe.folds > 1:
            held_out = read_out_of_fold(tmp_path / "run" / part.name / "oof")
            assert held_out.films.tolist() == load_dataset(work / "data").indices("train").tolist()
            assert held_out.maps.std() > 0


@pytest.mark.long
@pytest.mark.parametrize("name", shipped_names())
def test_a_recipe_goes_the_whole_way_with_its_own_encoders(name, work, tmp_path):
    _travel(name, work, tmp_path, ("--weights", "none"))


def _lessons():
    """One part of every kind: those that share network, input and loss learn alike."""
    found = {}
    for name in shipped_names():
        for part in with_encoder(scale_system(load_system(name), "smoke"), "test_efficientnet", "none").parts:
            said = part.recipe.model_dump_json(include={"network", "input", "loss"})
            found.setdefault(said, pytest.param(part.recipe, id=part.recipe.name))
    return list(found.values())


@pytest.mark.parametrize("recipe", _lessons())
def test_one_fixed_batch_is_learned_by_heart(recipe, work, tmp_path):
    torch.set_num_threads(1)
    dataset, device = load_dataset(work / "data"), torch.device("cpu")
    present = np.array([case.present for case in dataset.cases])
    chosen = np.concatenate((np.flatnonzero(present)[:2], np.flatnonzero(~present)[:2])).astype(np.int64)
    stage = recipe.stages[-1]
    side = stage.crop or stage.resolution
    whole = None if recipe.input.lung_crop is None else (Crop(top=0, bottom=1, left=0, right=1),) * len(chosen)
    films = make_resident(Pool(dataset, chosen, whole), recipe, side, device, tmp_path)
    spec = input_spec(recipe.model_copy(update={"input": recipe.input.model_copy(update={"patch": None})}), side)
    session = start_session(recipe, device, len(chosen))
    session.network.train()
    losses = []
    for _ in range(STEPS):
        greys, targets = films.batch(np.arange(len(chosen)))
        session.optimiser.zero_grad(set_to_none=True)
        loss, _ = total_loss(infer(session.network, greys, recipe, spec), targets, recipe.loss)
        session.scaler.scale(loss).backward()
        take_step(session, RATE, recipe.optimiser.clip_norm)
        losses.append(float(loss.detach()))
    assert min(losses[-3:]) < SHARE * losses[0]
