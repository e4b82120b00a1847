import pytest

from pleura.core.errors import RecipeError
from pleura.train.around_lungs import around_lungs
from pleura.train.resident import Pool
from tiny import smoke


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
