import numpy as np
import pytest

from models import make_model
from pleura.core.errors import DatasetError, ModelFileError
from pleura.core.metrics import count_films, film_counts
from pleura.core.recipe import Tuning, load_recipe
from pleura.core.spec import TrainingRecord
from pleura.evidence.films import films_of, read_case, without_patients
from pleura.evidence.tune import TunePlan, recipe_tuning, tune
from pleura.evidence.tuning_report import write_tuned_model
from pleura.runtime import BlendSpec, Member, read_model, with_spec, write_blend
from pleura.runtime.blend import Blend

PLAN = TunePlan("siim_dice", "fine", folds=2, seed=1)


@pytest.fixture(scope="module")
def tuned(predictor, dataset):
    return tune(predictor, dataset, films_of(dataset, "test"), PLAN)


def test_a_tuned_decision_finds_what_the_models_own_missed(tuned, predictor, dataset):
    assert not any(predictor.read(read_case(dataset, index)).present for index in range(len(dataset)))
    figures = tuned.draws[0].judged.figures()
    assert figures["dice_positives"] > 0.85
    assert figures["empty_correct"] == 1.0
    assert figures["auroc"] == 1.0


def test_published_figures_are_means_over_the_draws_of_folds(tuned, dataset):
    everywhere = np.arange(len(dataset))
    found = [draw.judged.figures()["siim_dice"] for draw in tuned.draws]
    spread = tuned.published(everywhere)["siim_dice"]
    assert len(found) == PLAN.draws
    assert spread.mean == pytest.approx(np.mean(found))
    assert (spread.lowest, spread.highest) == (min(found), max(found))


def test_no_film_is_judged_by_a_decision_that_saw_its_patient(tuned, dataset):
    places = np.concatenate([fold.films for fold in tuned.draws[0].folds])
    assert sorted(places) == list(range(len(dataset)))
    owners = [{dataset.cases[tuned.films[place]].patient for place in fold.films} for fold in tuned.draws[0].folds]
    assert owners[0].isdisjoint(owners[1])


def test_figures_are_those_of_reading_each_film_with_the_decision(tuned, model, dataset, opened, tmp_path):
    path = tmp_path / "tuned.onnx"
    write_tuned_model(model, tuned, dataset, np.arange(len(dataset)), path)
    reader = opened(read_model(path))
    findings = [reader.read(read_case(dataset, index)) for index in range(len(dataset))]
    counts = count_films(film_counts(one.mask, dataset.truth(index)) for index, one in enumerate(findings))
    assert counts.scores() == pytest.approx(tuned.seen.counts.scores())
    assert [one.present for one in findings] == tuned.seen.decided.tolist()
    assert [one.score for one in findings] == pytest.approx(tuned.seen.scores)


def test_the_papers_grid_gives_a_threshold_rule(predictor, dataset):
    found = tune(predictor, dataset, films_of(dataset, "test"), TunePlan("pooled_iou", "roque2025", "threshold", 2))
    assert found.shipped.decision.rule == "threshold"
    assert found.shipped.decision.bottom in found.fitting.tried.levels


def test_a_film_that_was_changed_is_refused(dataset, tmp_path):
    other = dataset.record.model_copy(update={"source": str(tmp_path)})
    moved = type(dataset)(dataset.folder, other, dataset.cases, dataset.images, dataset.packed, dataset.codes)
    target = moved.film_path(0)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(dataset.film_path(1).read_bytes())
    with pytest.raises(DatasetError, match="changed"):
        read_case(moved, 0)


def test_a_split_without_films_names_those_that_have_some(dataset):
    with pytest.raises(DatasetError, match="Name another split: test"):
        films_of(dataset, "val")


def test_a_patient_to_leave_out_who_is_not_there_is_refused_unnamed(dataset):
    with pytest.raises(DatasetError, match="1 of the patients") as caught:
        without_patients(dataset, films_of(dataset, "test"), ["00011460"])
    assert "00011460" not in str(caught.value)


def test_the_recipe_of_a_model_says_how_to_tune_it(model, tmp_path):
    with pytest.raises(ModelFileError, match="--objective"):
        recipe_tuning(model)
    recipe = load_recipe("default")
    record = TrainingRecord(
        recipe=recipe.model_dump(mode="json"),
        data_name="discs",
        data_sha256="0" * 64,
        code_version="0",
        epochs=1,
        checkpoint="best.pt",
    )
    trained = with_spec(model, model.spec.model_copy(update={"training": record}), tmp_path / "trained.onnx")
    assert recipe_tuning(trained) == Tuning(objective=recipe.tuning.objective, grid=recipe.tuning.grid)


def test_the_lungs_model_of_a_blend_has_no_say_in_its_tuning(tmp_path):
    models = []
    for name, grid in (("one", "fine"), ("other", "fine"), ("lungs", "roque2025")):
        model = make_model(tmp_path / f"{name}.onnx")
        recipe = load_recipe("default").model_dump(mode="json")
        recipe["tuning"]["grid"] = grid
        record = TrainingRecord(
            recipe=recipe, data_name="discs", data_sha256="0" * 64, code_version="0", epochs=1, checkpoint="best.pt"
        )
        models.append(with_spec(model, model.spec.model_copy(update={"training": record}), model.path))
    assert recipe_tuning(_blend(tmp_path, models, ("segment", "segment", "lungs"))).grid == "fine"
    with pytest.raises(ModelFileError, match="different tunings"):
        recipe_tuning(_blend(tmp_path, models, ("segment", "segment", "segment")))


def _blend(folder, models, roles):
    members = tuple(
        Member(file=model.path.name, sha256=model.sha256, role=role)
        for model, role in zip(models, roles, strict=True)
    )
    spec = BlendSpec(name="cast", version="1", decision=models[0].spec.decision, members=members)
    return write_blend(Blend(folder / "cast.toml", "", spec, tuple(models)), spec, folder / "cast.toml")
