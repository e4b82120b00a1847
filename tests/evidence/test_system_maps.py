import json

import numpy as np
import pytest

from models import make_model, make_network, make_spec
from pleura.core.errors import DatasetError, ModelFileError
from pleura.core.postprocess import decide
from pleura.core.recipe import Part, System, Tuning, load_recipe
from pleura.core.spec import DecisionSpec, TrainingRecord
from pleura.core.types import Maps
from pleura.evidence.out_of_fold import OutOfFoldRecord, write_out_of_fold
from pleura.evidence.system_maps import HELD_OUT, SYSTEM, read_system_maps
from pleura.evidence.tune import TunePlan, tune_out_of_fold
from pleura.runtime import write_model

SIDES = {"fine": 64, "coarse": 32, "gate": 32}
LABELS = {"fine": None, "coarse": 0.2, "gate": 0.9}
DECISION = DecisionSpec(rule="triplet", tta="flip")
PLAN = TunePlan("siim_dice", "fine", folds=2, draws=2)


def system_of(folds):
    recipe = load_recipe("smoke").model_copy(update={"folds": folds})
    labelled = recipe.model_copy(
        update={
            "network": recipe.network.model_copy(update={"label": True}),
            "loss": recipe.loss.model_copy(update={"label": 1.0}),
        }
    )
    parts = (
        Part(name="fine", recipe=recipe, weight=3.0),
        Part(name="coarse", recipe=recipe, weight=1.0),
        Part(name="gate", recipe=labelled, role="classify", weight=5.0),
    )
    tuning = Tuning(objective="siim_dice")
    return System(name="three", summary="", source="", decision=DECISION, tuning=tuning, parts=parts)


def write_part(dataset, name, films, run):
    """Write a part that has seen the truth, the coarse one half as surely as the fine one."""
    side = SIDES[name]
    record = OutOfFoldRecord(
        data_name=dataset.record.name,
        data_sha256=dataset.record.sha256,
        input=make_spec(side).input,
        tta="flip",
        films=films,
        folds=[1 + index % 2 for index in films],
    )
    step, sure = 64 // side, 0.8 if name == "fine" else 0.4
    masks = [dataset.mask(index)[::step, ::step].astype(np.float32) for index in films]
    write_out_of_fold(record, (Maps(sure * mask, LABELS[name]) for mask in masks), run / name / HELD_OUT)


@pytest.fixture
def run(dataset, tmp_path):
    """A run of three parts, all of whose folds are there."""
    films = tuple(range(len(dataset)))
    (tmp_path / SYSTEM).write_text(system_of(folds=2).model_dump_json(), "utf-8")
    for name in SIDES:
        write_part(dataset, name, films, tmp_path)
    return tmp_path


def test_parts_are_weighed_by_role_as_the_members_of_a_blend(run, dataset):
    maps = read_system_maps(run)
    assert maps.films.tolist() == list(range(len(dataset)))
    film = maps.film(1)
    inside = dataset.mask(1) & (film.mask > 0.65)
    assert maps.spec.side == film.mask.shape[0] == 64
    assert film.mask.max() == pytest.approx((3 * 0.8 + 0.4) / 4, abs=1 / 255)
    assert inside.sum() > 0.5 * dataset.mask(1).sum()
    assert film.label == pytest.approx(0.9)


def test_a_system_is_tuned_on_its_out_of_fold_maps_as_deciding_on_them_says(run, dataset):
    maps = read_system_maps(run)
    tuned = tune_out_of_fold(maps, DECISION, dataset, PLAN)
    assert tuned.kind == "out-of-fold cross-fit"
    decision = tuned.shipped.decision
    found = [
        decide(maps.film(index), dataset.truth(index).shape, maps.spec, decision) for index in range(len(dataset))
    ]
    assert [one.present for one in found] == tuned.seen.decided.tolist()
    assert [int(one.mask.sum()) for one in found] == tuned.seen.counts.predicted.tolist()
    assert tuned.seen.figures()["siim_dice"] > 0.9


def test_the_label_gate_is_tuned_too(run, dataset):
    tuned = tune_out_of_fold(
        read_system_maps(run), DECISION, dataset, TunePlan("siim_dice", "fine", "label_gated", 2)
    )
    assert tuned.shipped.decision.rule == "label_gated"
    assert tuned.shipped.decision.label < 0.9


def test_a_model_is_warned_of_what_the_folds_are_not_and_one_of_another_system_is_refused(run, tmp_path):
    maps = read_system_maps(run)
    training = TrainingRecord(
        recipe=load_recipe("smoke").model_dump(mode="json"),
        data_name="discs",
        data_sha256="0" * 64,
        code_version="0",
        epochs=1,
        checkpoint="best.pt",
    )
    spec = make_spec(decision=DECISION.model_copy(update={"tta": "none"})).model_copy(update={"training": training})
    found = maps.warnings(write_model(make_network(), spec, tmp_path / "mine.onnx"))
    assert len(found) == 2
    assert "tta flip, the model's is none" in found[1]
    with pytest.raises(ModelFileError, match="holds networks of no recipe, and the run trained smoke"):
        maps.warnings(make_model(tmp_path / "other.onnx"))


def test_other_data_is_refused(run, dataset):
    maps = read_system_maps(run)
    record = dataset.record.model_copy(update={"sha256": "f" * 64})
    other = type(dataset)(dataset.folder, record, dataset.cases, dataset.images, dataset.packed, dataset.codes)
    with pytest.raises(DatasetError, match="another data set"):
        maps.check(other)


def test_a_run_that_cannot_be_tuned_out_of_fold_says_why(run, dataset, tmp_path):
    with pytest.raises(DatasetError, match=r"system\.json cannot be read"):
        read_system_maps(tmp_path / "nothing")
    write_part(dataset, "gate", (0, 1), run)
    with pytest.raises(DatasetError, match="other films"):
        read_system_maps(run)
    (run / SYSTEM).write_text(system_of(folds=1).model_dump_json(), "utf-8")
    with pytest.raises(DatasetError, match="fine has no folds"):
        read_system_maps(run)
    (run / SYSTEM).write_text(json.dumps({}), "utf-8")
    with pytest.raises(DatasetError, match="not valid"):
        read_system_maps(run)
