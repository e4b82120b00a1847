import pytest

from pleura.core.errors import RecipeError
from pleura.core.recipe import SHIPPED, Loss, load_recipe, parse_recipe
from pleura.core.spec import Contrast, DecisionSpec

NAMES = sorted(path.stem for path in SHIPPED.glob("*.toml"))


def changed(place, value, name="smoke"):
    """A shipped recipe's content with one value replaced or added; `place` is dotted, numbers index lists."""
    content = load_recipe(name).model_dump(mode="json")
    *path, last = place.split(".")
    part = content
    for step in path:
        part = part[int(step) if step.isdigit() else step]
    part[last] = value
    return content


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_recipe_loads_under_its_own_name(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.epochs == sum(stage.epochs for stage in recipe.stages)
    assert parse_recipe(recipe.model_dump(mode="json"), name) == recipe


def test_the_three_recipes_are_shipped():
    assert set(NAMES) >= {"default", "roque2025", "smoke"}


def test_a_recipe_is_read_from_a_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text((SHIPPED / "smoke.toml").read_text("utf-8").replace("seed = 7", "seed = 8"), "utf-8")
    assert load_recipe(str(path)).seed == 8


def test_roque2025_holds_the_facts_of_its_authors_code():
    recipe = load_recipe("roque2025")
    assert (recipe.network.architecture, recipe.network.encoder) == ("unet", "tf_efficientnet_b4")
    assert recipe.network.weights == "imagenet"
    assert (recipe.network.attention, recipe.network.decoder_channels) == ("none", None)
    assert (recipe.input.channels, recipe.input.normalisation) == (3, "none")
    assert recipe.input.contrast == Contrast(kind="declared")
    assert (recipe.input.crop, recipe.input.clahe) == (None, None)
    assert (recipe.precision, recipe.seed) == ("float16", 42)
    assert recipe.loss == Loss(bce=1.0, dice=1.0, positive_weight=1.0, dice_pooling="batch", dice_smooth=1e-5)
    assert recipe.optimiser.model_dump() == {"name": "adam", "weight_decay": 0.0, "clip_norm": 0.0, "ema": 0.0}
    (stage,) = recipe.stages
    assert (stage.resolution, stage.epochs, stage.batch, stage.positive_rate) == (512, 300, 32, None)
    assert (stage.schedule, stage.learning_rate, stage.floor) == ("cosine", 1e-4, 1e-6)
    assert (recipe.validation.patience, recipe.validation.monitor, recipe.validation.tta) == (
        20,
        "pooled_iou",
        "none",
    )
    assert recipe.decision == DecisionSpec(rule="threshold", bottom=0.05, removal=0, tta="none")
    assert (recipe.tuning.objective, recipe.tuning.grid) == ("pooled_iou", "roque2025")


def test_roque2025_augments_as_its_authors_code_does():
    warp, tone = load_recipe("roque2025").augmentation.warp, load_recipe("roque2025").augmentation.tone
    assert (warp.flip, warp.affine, warp.distort) == (0.5, 0.5, 0.3)
    assert (warp.scale, warp.rotate) == ((0.8, 1.2), (-20.0, 20.0))
    assert (warp.shift_x, warp.shift_y) == ((0.2, 0.2), (0.2, 0.2))
    assert warp.kinds == ("elastic", "grid", "optical")
    # Albumentations moves the middle of an edge by k (r^2 + r^4) of its distance, k up to 2 and r there .5.
    assert warp.optical_limit == pytest.approx(2 * (0.5**2 + 0.5**4))
    assert (warp.elastic_cells, warp.elastic_amplitude) == (64, 0.0037)
    assert (tone.chance, tone.kinds) == (0.3, ("brightness_contrast", "gamma"))
    assert (tone.brightness, tone.contrast) == (0.3, 0.3)


@pytest.mark.parametrize(
    ("place", "hint"),
    [
        pytest.param("sed", "'seed'", id="at the top"),
        pytest.param("loss.bcee", "'bce'", id="in a table"),
        pytest.param("augmentation.warp.rotation", "'rotate'", id="two deep"),
        pytest.param("stages.1.epoch", "'epochs'", id="in a list"),
        pytest.param("input.contrast.kinds", "'kind'", id="in a shared type"),
    ],
)
def test_an_unknown_key_names_the_nearest_allowed_one(place, hint):
    with pytest.raises(RecipeError, match=f"unknown key '{place}'.*Did you mean {hint}"):
        parse_recipe(changed(place, 1), "mine.toml")


@pytest.mark.parametrize(
    ("place", "value", "hint"),
    [
        pytest.param("network.architecture", "unett", "unet", id="architecture"),
        pytest.param("optimiser.name", "adamv", "adam", id="optimiser"),
        pytest.param("augmentation.tone.kinds", ["gama"], "gamma", id="augmentation"),
        pytest.param("tuning.objective", "siim-dice", "siim_dice", id="objective"),
        pytest.param("stages.0.schedule", "cosin", "cosine", id="schedule"),
    ],
)
def test_an_unknown_name_names_the_nearest_allowed_one(place, value, hint):
    with pytest.raises(RecipeError, match=rf"is not known.*Did you mean '{hint}'\? Allowed: "):
        parse_recipe(changed(place, value), "mine.toml")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param("stages", [], id="no stage"),
        pytest.param("stages.0.resolution", 100, id="resolution"),
        pytest.param("stages.0.learning_rate", 0, id="no rate"),
        pytest.param("stages.0.positive_rate", 1.5, id="share above 1"),
        pytest.param("loss", {"bce": 0, "dice": 0}, id="no loss"),
        pytest.param("optimiser.ema", 1.0, id="an average that never moves"),
        pytest.param("decision.rule", "label_gated", id="a gate without a label"),
        pytest.param("decision.rule", "distance", id="a cut without a distance"),
        pytest.param("input.patch", {"side": 4096}, id="a window larger than the film"),
        pytest.param("augmentation.warp.scale", [1.2, 0.8], id="range upside down"),
        pytest.param("augmentation.warp.scale", [0.0, 1.0], id="scale of nothing"),
        pytest.param("augmentation.warp.kinds", [], id="no kind to draw"),
        pytest.param("augmentation.tone.gamma", [0.0, 1.0], id="gamma of 0"),
        pytest.param("augmentation.tone.window", 0.5, id="window without an inside"),
        pytest.param("augmentation.tone.bits", [8, 5], id="bits upside down"),
        pytest.param("name", "My recipe", id="name"),
        pytest.param("seed", -1, id="seed below 0"),
        pytest.param("stages.0.resolution", 8192, id="resolution beyond a model's"),
        pytest.param("stages.1.floor", 1.0, id="floor above the rate"),
        pytest.param("network.decoder_channels", [16, 8], id="too few decoder steps"),
        pytest.param("network.architecture", "fpn", id="a decoder that takes no such channels"),
    ],
)
def test_a_value_out_of_range_names_its_key(place, value):
    with pytest.raises(RecipeError, match=place.rpartition(".")[0] or place) as refusal:
        parse_recipe(changed(place, value), "mine.toml")
    assert str(refusal.value).startswith("mine.toml: ")


def test_a_missing_key_is_named():
    content = load_recipe("smoke").model_dump(mode="json")
    del content["optimiser"]["name"]
    with pytest.raises(RecipeError, match=r"lacks the key 'optimiser\.name'"):
        parse_recipe(content, "mine.toml")


def test_an_unknown_recipe_names_the_nearest_shipped_one():
    with pytest.raises(RecipeError, match=r"roque2024: no shipped recipe.*Did you mean 'roque2025'.*smoke"):
        load_recipe("roque2024")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(None, "cannot be read", id="missing"),
        pytest.param(b"name = ", "no valid TOML", id="cut"),
        pytest.param(b'name = "\xff"', "no valid TOML", id="not UTF-8"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_by_name(tmp_path, content, reason):
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match=rf"mine\.toml: .*{reason}"):
        load_recipe(str(path))
