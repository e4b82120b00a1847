import json

import numpy as np
import pytest
from PIL import Image

from models import make_model
from pleura.core.errors import ModelFileError
from pleura.core.spec import DecisionSpec
from pleura.evidence.films import films_of
from pleura.evidence.tune import TunePlan, tune
from pleura.evidence.tuning_report import check_name, thresholds, write_tuned_model, write_tuning
from pleura.runtime import Blend, BlendSpec, Member, read_blend, read_model, write_blend

PLAN = TunePlan("siim_dice", "fine", folds=2, seed=1)


@pytest.fixture(scope="module")
def tuned(predictor, dataset):
    return tune(predictor, dataset, films_of(dataset, "test"), PLAN)


def test_the_decision_and_its_figures_come_back_from_the_model_file(tuned, model, dataset, tmp_path):
    path = tmp_path / "tuned.onnx"
    write_tuned_model(model, tuned, dataset, np.arange(len(dataset)), path)
    spec = read_model(path).spec
    assert spec.decision == tuned.shipped.decision
    assert spec.tuning is not None
    assert (spec.tuning.data_sha256, spec.tuning.films) == (dataset.record.sha256, len(dataset))
    assert spec.figures["cross-fit discs"]["auroc"] == 1.0
    assert spec.input == model.spec.input


def test_figures_without_a_patient_stand_beside_without_the_name(tuned, model, dataset, tmp_path):
    others = np.arange(1, len(dataset))
    path = tmp_path / "tuned.onnx"
    write_tuned_model(model, tuned, dataset, others, path)
    assert list(read_model(path).spec.figures) == ["cross-fit discs", "cross-fit discs without 1 patient(s)"]


def test_a_blend_gets_its_own_decision(tuned, dataset, tmp_path):
    models = [make_model(tmp_path / f"{name}.onnx", name=name) for name in ("one", "two")]
    members = tuple(Member(file=one.path.name, sha256=one.sha256, role="segment") for one in models)
    spec = BlendSpec(name="both", version="1", decision=models[0].spec.decision, members=members)
    path = tmp_path / "both.toml"
    blend = write_blend(Blend(path, "", spec, tuple(models)), spec, path)
    write_tuned_model(blend, tuned, dataset, np.arange(len(dataset)), tmp_path / "tuned.toml")
    assert read_blend(tmp_path / "tuned.toml").spec.decision == tuned.shipped.decision


def test_a_name_that_would_be_read_as_something_else_is_refused(model, tmp_path):
    with pytest.raises(ModelFileError, match=r"tuned\.onnx"):
        check_name(model, tmp_path / "tuned.toml")


def test_thresholds_keep_the_papers_keys_in_pixels_of_the_grid(model):
    decision = DecisionSpec(rule="threshold", bottom=0.05, removal=1024)
    written = thresholds(decision, model.spec.input.model_copy(update={"side": 512}))
    assert (written["binary_threshold"], written["removal_area"]) == (0.05, 256)


def test_the_record_says_what_was_cross_fitted_and_what_was_seen(tuned, model, predictor, dataset, tmp_path):
    others = np.arange(1, len(dataset))
    write_tuning(tuned, dataset, others, model.spec.input, predictor.identity, tmp_path)
    record = json.loads((tmp_path / "tune.json").read_text("utf-8"))
    assert record["cross_fit"]["auroc"] == {"mean": 1.0, "lowest": 1.0, "highest": 1.0}
    assert record["cross_fit_without_patients_left_out"]["films"] == len(dataset) - 1
    assert sum(fold["films"] for fold in record["first_draw_by_fold"]) == len(dataset)
    assert DecisionSpec.model_validate(record["decision"]) == tuned.shipped.decision
    with Image.open(tmp_path / "objective.png") as picture:
        assert picture.mode == "RGB"
