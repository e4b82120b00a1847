import tomllib

import pytest

from pleura.core.recipe import SHIPPED, load_recipe, parse_recipe
from pleura.core.recipe.writing import recipe_toml, to_toml


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_a_shipped_recipe_is_the_same_after_writing_and_reading(name):
    recipe = load_recipe(name)
    assert parse_recipe(tomllib.loads(recipe_toml(recipe)), name) == recipe


def test_values_come_before_tables_and_strange_letters_stay():
    content = {
        "a": {"deep": {"x": [1.5, 2]}, "y": True},
        "rows": [{"n": 1}, {"n": 2, "s": 'Å "\\'}],
        "z": "last",
        "no": None,
    }
    del_none = {key: value for key, value in content.items() if value is not None}
    assert tomllib.loads(to_toml(content)) == del_none
    assert to_toml(content).startswith('z = "last"')
