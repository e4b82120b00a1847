import pytest
import torch

from models import make_model
from pleura.core.errors import RecipeError, TrainingError
from pleura.train.around_lungs import around_lungs
from pleura.train.loop import train
from pleura.train.plan import RunPlan
from pleura.train.resident import Pool
from tiny import SHORT, smoke


def pool_of(data):
    return Pool(data, data.indices("val"))


def test_a_recipe_without_a_lung_crop_takes_films_whole_and_no_model(tiny_data, tmp_path):
    pool = pool_of(tiny_data)
    assert around_lungs(pool, smoke(), None) is pool
    with pytest.raises(RecipeError, match=r"does not crop.*--lungs"):
        around_lungs(pool, smoke(), tmp_path / "lungs.onnx")


def test_a_lung_crop_needs_a_model_that_finds_the_lungs(tiny_data):
    with pytest.raises(RecipeError, match="--lungs MODEL"):
        around_lungs(pool_of(tiny_data), smoke(input__lung_crop={"margin": 0.1}), None)


def test_a_run_does_not_go_on_with_another_model_of_the_lungs(tiny_data, tmp_path):
    def go(name, *, resume):
        lungs = make_model(tmp_path / f"{name}.onnx", name=name).path
        train(
            recipe, tiny_data, tmp_path / "run", RunPlan(torch.device("cpu"), resume, lungs=lungs), lambda _at: None
        )

    recipe = smoke(stages=[SHORT], input__lung_crop={"margin": 0.1})
    go("one", resume=False)
    go("one", resume=True)
    with pytest.raises(TrainingError, match="another model's lungs"):
        go("other", resume=True)
