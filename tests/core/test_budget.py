import pytest

from pleura.core.recipe import load_recipe, load_system, scale_recipe, scale_system, shipped_names, with_encoder

STAGES = [
    {
        "resolution": 512, "crop": 256, "epochs": 40, "learning_rate": 1e-3, "batch": 8, "warmup_epochs": 4,
        "cycle_epochs": 8, "freeze_encoder_epochs": 2, "patience": 10,
    },
    {"resolution": 1024, "epochs": 20, "learning_rate": 1e-4, "batch": 8},
]  # fmt: skip


@pytest.mark.parametrize("name", shipped_names())
def test_a_budget_changes_no_recipe_s_structure(name):
    whole = load_system(name)
    for budget, side, folds in (("smoke", 64, 2), ("small", 256, 2)):
        cheap = scale_system(whole, budget)
        assert [part.name for part in cheap.parts] == [part.name for part in whole.parts]
        assert cheap.decision == whole.decision
        for before, after in zip(whole.parts, cheap.parts, strict=True):
            old, new = before.recipe, after.recipe
            assert new.folds == min(folds, old.folds)
            assert max(stage.resolution for stage in new.stages) <= side
            assert len(new.stages) == len(old.stages)
            assert new.network == old.network
            assert new.loss == old.loss
            assert (new.averaging.swa_epochs > 0) == (old.averaging.swa_epochs > 0)
            assert (new.consistency is None) == (old.consistency is None)
            assert (new.input.patch is None) == (old.input.patch is None)
            for was, now in zip(old.stages, new.stages, strict=True):
                assert (now.crop is None) == (was.crop is None)
                assert (now.freeze_encoder_epochs > 0) == (was.freeze_encoder_epochs > 0)
                assert (now.positive_rate, now.schedule) == (was.positive_rate, was.schedule)


def test_smoke_is_one_epoch_a_stage():
    assert [stage.epochs for stage in scale_recipe(load_recipe("sneddy2019/resnet34"), "smoke").stages] == [1] * 4


def test_sides_and_epochs_shrink_by_one_factor_each():
    content = load_recipe("smoke").model_dump(mode="json")
    content |= {"stages": STAGES, "averaging": {"swa_epochs": 10, "keep": 3}}
    recipe = type(load_recipe("smoke")).model_validate(content)
    first, second = scale_recipe(recipe, "small").stages  # a quarter of the side, a fifth of the epochs
    assert (first.resolution, first.crop, second.resolution) == (128, 64, 256)
    assert (first.epochs, second.epochs) == (8, 4)
    assert (first.warmup_epochs, first.cycle_epochs) == (pytest.approx(0.8), 2)
    assert (first.freeze_encoder_epochs, first.patience) == (1, 2)
    averaging = scale_recipe(recipe, "small").averaging
    assert (averaging.swa_epochs, averaging.keep) == (2, 3)


def test_the_teacher_s_decays_move_with_the_epochs():
    consistency = scale_recipe(load_recipe("earhian2019/seresnext50"), "small").consistency
    assert consistency is not None  # 12 of 40 epochs
    assert consistency.decays == ((0, 0.5), (2, 0.9), (3, 0.99), (6, 0.999))
    assert consistency.ramp_epochs == pytest.approx(9)


def test_full_is_the_recipe_as_it_is():
    assert scale_system(load_system("x5-2019"), "full") == load_system("x5-2019")


def test_another_encoder_goes_into_every_part():
    system = with_encoder(load_system("x5-2019"), "tf_efficientnet_lite2", "lite-wheel")
    networks = [part.recipe.network for part in system.parts]
    assert {(network.encoder, network.weights) for network in networks} == {("tf_efficientnet_lite2", "lite-wheel")}
    assert {network.architecture for network in networks} == {"unet", "deeplabv3plus"}


def test_other_weights_alone_leave_each_part_its_encoder():
    system = with_encoder(load_system("sneddy2019"), None, "none")
    assert [part.recipe.network.encoder for part in system.parts] == [
        part.recipe.network.encoder for part in load_system("sneddy2019").parts
    ]
    assert {part.recipe.network.weights for part in system.parts} == {"none"}
