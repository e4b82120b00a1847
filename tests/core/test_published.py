"""The facts of the published systems, as their papers and codes have them, against the recipes."""

import pytest

from pleura.core.recipe import load_recipe, load_system
from pleura.core.spec import Clahe, Contrast, Crop


def test_sneddy2019_weighs_its_losses_and_nets_as_its_code_does():
    system = load_system("sneddy2019")
    losses = {part.name: part.recipe.loss for part in system.parts}
    assert {name: (loss.bce, loss.dice, loss.focal) for name, loss in losses.items()} == {
        "seresnext50": (3, 1, 4),
        "resnet34": (3, 1, 4),
        "resnet34-even": (1, 1, 1),
        "resnet50": (2, 1, 2),
    }
    assert sorted(part.weight for part in system.parts) == [0.2, 0.2, 0.2, 0.4]
    assert {part.recipe.folds for part in system.parts} == {5}
    assert {part.recipe.averaging.keep for part in system.parts} == {3}
    decision = system.decision
    assert (decision.top, decision.area, decision.bottom, decision.removal) == (0.75, 2000, 0.3, 100)


def test_sneddy2019_trains_in_four_stages_of_falling_positive_rate():
    stages = load_recipe("sneddy2019/resnet34").stages
    assert [stage.epochs for stage in stages] == [50, 50, 50, 40]
    assert [stage.learning_rate for stage in stages] == [1e-4, 1e-5, 1e-5, 1e-5]
    assert [stage.positive_rate for stage in stages] == [0.8, 0.6, 0.4, 0.5]
    assert [stage.schedule for stage in stages] == ["plateau", *["cosine_restarts"] * 3]
    assert {stage.batch for stage in stages} == {2}
    assert stages[0].freeze_encoder_epochs > 0
    assert load_recipe("sneddy2019/resnet50").stages[0].freeze_encoder_epochs == 0


def test_tan2025_holds_the_facts_of_its_paper():
    recipe = load_recipe("tan2025")
    assert (recipe.network.architecture, recipe.network.encoder) == ("unetplusplus", "tf_efficientnet_b4")
    assert recipe.network.dropout is not None
    assert (recipe.network.dropout[0], recipe.network.dropout[-1]) == (0.4, 0.1)
    assert recipe.input.crop == Crop(top=0.08, bottom=0.78, left=0.10, right=0.85, margin_px=20)
    assert recipe.input.contrast == Contrast(kind="percentile", low=0.0, high=100.0)
    assert recipe.input.clahe == Clahe(clip=2.0, tiles=8)
    assert (recipe.loss.bce, recipe.loss.dice, recipe.loss.positive_weight) == (1, 1, 3.51)
    assert (recipe.validation.patience, recipe.validation.tta, recipe.folds) == (15, "flip", 5)
    assert recipe.augmentation.warp.flip == 0.3


def test_amirassov2019_sums_its_loss_and_lowers_its_positive_rate():
    recipe = load_recipe("amirassov2019")
    assert (recipe.loss.bce, recipe.loss.dice, recipe.loss.label) == pytest.approx((0.9 * 3, 0.9, 0.1))
    (stage,) = recipe.stages
    assert (stage.resolution, stage.crop, stage.batch, stage.epochs) == (768, 512, 8, 60)
    assert (stage.positive_rate, stage.positive_rate_end) == (0.8, 0.22)
    assert (recipe.folds, recipe.averaging.keep, recipe.network.freeze_batch_norm) == (8, 4, True)
    decision = recipe.decision
    assert (decision.rule, decision.label, decision.area) == ("label_gated", 0.4, 800)
    assert (decision.top, decision.bottom) == (0.8, 0.4)


def test_earhian2019_has_a_mean_teacher_and_atrous_pooling():
    recipe = load_recipe("earhian2019/seresnext50")
    assert (recipe.network.bottleneck, recipe.network.aspp_dilations) == ("aspp", (1, 6, 12, 18))
    assert (recipe.loss.bce, recipe.loss.label) == (1024, 1)
    teacher = recipe.consistency
    assert teacher is not None
    assert (teacher.films, teacher.weight, teacher.label, teacher.ramp_epochs) == (4, 0.001, 0.001, 30)
    assert teacher.decays == ((0, 0.5), (5, 0.9), (10, 0.99), (20, 0.999))


def test_deepsdm2021_cuts_its_distance_map():
    recipe = load_recipe("deepsdm2021")
    assert recipe.network.distance
    decision = recipe.decision
    assert (decision.rule, decision.top, decision.area, decision.cut) == ("distance", 0.75, 2000, -0.05)


def test_x5_gates_segmenters_by_classifiers():
    system = load_system("x5-2019")
    roles = {role: [part for part in system.parts if part.role == role] for role in ("segment", "classify")}
    assert (len(roles["segment"]), len(roles["classify"])) == (5, 3)
    assert system.decision.rule == "label_gated"
    assert all(part.recipe.averaging.swa_epochs > 0 and part.recipe.folds == 5 for part in system.parts)


@pytest.mark.parametrize("name", ["roque2025-mended", "tan2025-mended"])
def test_a_mended_twin_has_none_of_the_defects(name):
    recipe = load_recipe(name)
    warp = recipe.augmentation.warp
    for low, high in (warp.shift_x, warp.shift_y):
        assert low == -high
        assert 0.05 <= high <= 0.1
    assert warp.optical_limit <= 0.15
    assert recipe.tuning.grid == "fine"
    assert recipe.decision.rule == "label_gated"
    assert recipe.network.label
    assert recipe.precision != "float16"
    assert recipe.input.normalisation == "encoder"
    assert recipe.input.contrast.kind == "voi_percentile"
    assert recipe.input.crop is None
    assert recipe.loss.positive_weight != 3.51
    assert recipe.stages[0].positive_rate is not None
