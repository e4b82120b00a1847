import pytest

from pleura.core.errors import RecipeError
from pleura.core.recipe import SHIPPED, System, load_recipe, load_system, parse_recipe, shipped_names
from tiny import smoke

PARTS = [(name, part) for name in shipped_names() for part in load_system(name).parts]

TWO = """
name = "two"
summary = "Two nets"
source = "test"
[decision]
rule = "triplet"
[tuning]
objective = "siim_dice"
[[parts]]
name = "plain"
recipe = "plain.toml"
[[parts]]
name = "even"
recipe = "even.toml"
weight = 2.0
"""
EVEN = 'extends = "plain.toml"\nname = "even"\nsummary = "Even"\n[loss]\ndice = 2.0\n'


@pytest.fixture
def two(tmp_path):
    plain = (SHIPPED / "smoke.toml").read_text("utf-8").replace('name = "smoke"', 'name = "plain"')
    for name, text in (("plain", plain), ("even", EVEN), ("system", TWO)):
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    return tmp_path


def rewrite(folder, name, old, new):
    path = folder / name
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_a_folder_is_a_system_of_its_parts(two):
    system = load_system(str(two))
    assert [(part.name, part.weight, part.role) for part in system.parts] == [
        ("plain", 1.0, "segment"),
        ("even", 2.0, "segment"),
    ]
    assert system == load_system(str(two / "system.toml"))
    assert not system.single


def test_an_extending_recipe_differs_only_in_what_it_says(two):
    plain, even = (part.recipe for part in load_system(str(two)).parts)
    assert even.loss.dice == 2.0
    assert even.loss.bce == plain.loss.bce
    same = even.model_dump() | {"name": "plain", "summary": plain.summary, "loss": plain.loss.model_dump()}
    assert same == plain.model_dump()


def test_the_figure_that_was_reported_of_one_recipe_is_not_another_s(two):
    rewrite(two, "plain.toml", "seed = 7", 'seed = 7\nreported = "Dice 1"')
    assert load_recipe(str(two / "even.toml")).reported == ""


def test_a_single_recipe_is_a_system_of_one():
    system = load_system("smoke")
    assert system.single
    assert system.parts[0].recipe == load_recipe("smoke")
    assert system.decision == load_recipe("smoke").decision


def test_folds_are_several_networks_and_so_no_single_run():
    assert not System.of(smoke(folds=2)).single


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        pytest.param("system.toml", "weight", "wieght", "'parts.1.wieght'.*Did you mean 'weight'", id="unknown key"),
        pytest.param("system.toml", '"triplet"', '"triplit"', "Did you mean 'triplet'", id="unknown name"),
        pytest.param("system.toml", '"even"', '"plain"', "two parts have one name", id="one name twice"),
        pytest.param("system.toml", "weight = 2.0", 'role = "classify"', "needs network.label", id="no label head"),
        pytest.param("system.toml", '"triplet"', '"label_gated"', "needs network.label", id="gate without label"),
        pytest.param("system.toml", '"triplet"', '"distance"', "needs network.distance", id="rule without head"),
        pytest.param("system.toml", "even.toml", "odd.toml", r"odd\.toml: cannot be read", id="no such part"),
        pytest.param("even.toml", "dice", "dise", r"even\.toml: unknown key 'loss\.dise'", id="in a part"),
        pytest.param("even.toml", "plain.toml", "even.toml", "in turn extends this file", id="circle"),
        pytest.param("even.toml", '"plain.toml"', "3", "extends must be one name", id="extends no name"),
        pytest.param("even.toml", '"plain.toml"', '"smok"', "Did you mean 'smoke'", id="extends nothing"),
        pytest.param("even.toml", 'summary = "Even"', 'without = ["loss.bice"]', "Did you mean 'bce'", id="without"),
        pytest.param("even.toml", 'summary = "Even"', "", "lacks the key 'summary'", id="no summary of its own"),
    ],
)
def test_what_is_wrong_in_a_system_is_named(two, file, old, new, said):
    rewrite(two, file, old, new)
    with pytest.raises(RecipeError, match=said):
        load_system(str(two))


def test_what_is_left_out_of_the_other_recipe_falls_back_to_its_default(two):
    rewrite(two, "even.toml", 'summary = "Even"', 'summary = "Even"\nwithout = ["augmentation.warp"]')
    assert load_recipe(str(two / "even.toml")).augmentation.warp.flip == 0.0


def test_one_stage_s_key_is_left_out_by_the_stage_s_number(two):
    rewrite(two, "even.toml", 'summary = "Even"', 'summary = "Even"\nwithout = ["stages.1.positive_rate"]')
    plain, even = (load_recipe(str(two / name)).stages for name in ("plain.toml", "even.toml"))
    assert even[0] == plain[0]
    assert even[1] == plain[1].model_copy(update={"positive_rate": None})
    rewrite(two, "even.toml", "stages.1.", "stages.2.")
    with pytest.raises(RecipeError, match=r"'stages\.2\.positive_rate', which the other recipe lacks"):
        load_recipe(str(two / "even.toml"))


def test_a_system_is_no_recipe_but_each_of_its_parts_is_one():
    with pytest.raises(RecipeError, match=r"made of several training runs.*sneddy2019/resnet34"):
        load_recipe("sneddy2019")
    assert load_recipe("sneddy2019/resnet34").name == "sneddy2019-resnet34"


@pytest.mark.parametrize(("name", "part"), PARTS, ids=[f"{name}/{part.name}" for name, part in PARTS])
def test_every_part_of_a_shipped_recipe_is_whole_and_named_after_its_system(name, part):
    recipe = part.recipe
    assert recipe.name.startswith(name.removesuffix("-ensemble"))
    assert recipe.source
    assert parse_recipe(recipe.model_dump(mode="json"), recipe.name) == recipe


def test_the_published_systems_are_shipped_with_what_they_reported():
    published = {
        "roque2025": ".8241",
        "tan2025": ".8566",
        "sneddy2019": ".8679",
        "x5-2019": ".8665",
        "bestfitting2019": ".8651",
        "amirassov2019": ".8644",
        "earhian2019": ".8643",
        "abedalla2020": ".8356",
        "abedalla2020-ensemble": ".8608",
        "resnet18-cheap": ".8512",
    }
    assert {name: figure for name, figure in published.items() if figure in load_system(name).reported} == published
    assert set(shipped_names()) == {*published, "default", "smoke", "roque2025-mended", "tan2025-mended",
                                    "deepsdm2021", "patchfcn2024", "lungs"}  # fmt: skip
