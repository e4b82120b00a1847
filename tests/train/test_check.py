from dataclasses import replace

import numpy as np
import pytest
import torch

from pleura.core.errors import TrainingError
from pleura.train.check import check_data, look_into
from pleura.train.networks import build_network
from pleura.train.resident import Pool
from tiny import SHORT, smoke


def with_record(data, **changes):
    return replace(data, record=data.record.model_copy(update=changes))


def check(recipe, data):
    check_data(recipe, *(Pool(data, data.indices(split)) for split in ("train", "val")))


def test_a_data_set_that_suits_is_taken(tiny_data):
    check(smoke(), tiny_data)


def test_a_copy_of_a_data_set_that_ends_early_or_has_other_masks_is_told_from_the_whole_one(tiny_data):
    pool = Pool(tiny_data, tiny_data.indices("train"))
    rest = np.arange(len(tiny_data))[:, None, None] < len(tiny_data) // 2
    others = [replace(tiny_data, images=tiny_data.images * rest), replace(tiny_data, packed=~tiny_data.packed)]
    same = replace(tiny_data, images=np.array(tiny_data.images))
    assert look_into(replace(pool, dataset=same)) == look_into(pool)
    assert len({look_into(replace(pool, dataset=each)) for each in (tiny_data, *others)}) == 3


def test_a_split_without_both_kinds_is_refused(tiny_data):
    cases = tuple(replace(case, split="train") for case in tiny_data.cases)
    with pytest.raises(TrainingError, match=r"split 'val' has 0 of 0 films"):
        check(smoke(), replace(tiny_data, cases=cases))


def positives_only(data):
    return replace(data, cases=tuple(replace(case, present=True) for case in data.cases))


def test_a_set_without_healthy_films_is_taken_by_a_recipe_that_asks_for_none(tiny_data):
    of_positives = {"monitor": "pooled_iou", "every": 1}
    check(smoke(stages=[SHORT | {"positive_rate": None}], validation=of_positives), positives_only(tiny_data))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"stages": [SHORT | {"positive_rate": 0.5}]}, id="draws negatives"),
        pytest.param({"validation": {"monitor": "auroc", "every": 1}}, id="monitors AUROC"),
    ],
)
def test_a_set_without_healthy_films_is_refused_by_a_recipe_that_asks_for_some(tiny_data, changes):
    of_positives = {"stages": [SHORT | {"positive_rate": None}], "validation": {"monitor": "pooled_iou", "every": 1}}
    with pytest.raises(TrainingError, match=r"films with a pneumothorax"):
        check(smoke(**of_positives | changes), positives_only(tiny_data))


def test_a_stage_finer_than_the_stored_films_is_refused(tiny_data):
    stage = {"resolution": 256, "epochs": 1, "learning_rate": 1e-3, "batch": 2}
    with pytest.raises(TrainingError, match=r"stores 128 x 128 pixels.*--side 256"):
        check(smoke(stages=[stage]), tiny_data)


SINGLE = SHORT | {"batch": 1}
FINER = SINGLE | {"resolution": 64}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"stages": [FINER], "network__bottleneck": "aspp"}, id="aspp"),
        pytest.param(
            {
                "stages": [FINER],
                "network": {"architecture": "deeplabv3plus", "encoder": "resnet18", "weights": "none"},
            },
            id="deeplab",
        ),
        pytest.param({"stages": [SINGLE]}, id="one pixel"),
        pytest.param({"stages": [FINER | {"crop": 32}]}, id="crop of one pixel"),
        pytest.param({"stages": [SHORT], "consistency": {"weight": 1.0, "films": 1}}, id="unlabelled"),
    ],
)
def test_one_film_alone_is_refused_where_batch_norm_would_see_one_value_of_it(tiny_data, changes):
    recipe = smoke(**changes)
    with pytest.raises(TrainingError, match="= 1 leaves batch norm one value a channel"):
        check(recipe, tiny_data)
    network = build_network(recipe.network.untrained(), 1).train()
    side = recipe.stages[0].crop or recipe.stages[0].resolution
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        network(torch.zeros(1, 1, side, side))
    network(torch.zeros(2, 1, side, side))


@pytest.mark.parametrize("changes", [{"stages": [FINER]}, {"stages": [SINGLE], "network__freeze_batch_norm": True}])
def test_one_film_alone_is_taken_where_its_maps_have_more_pixels(tiny_data, changes):
    recipe = smoke(**changes)
    check(recipe, tiny_data)
    side = recipe.stages[0].resolution
    build_network(recipe.network.untrained(), 1).train()(torch.zeros(1, 1, side, side))


@pytest.mark.parametrize("kind", ["declared", "percentile"])
def test_films_stored_under_a_display_curve_need_a_model_that_applies_it(tiny_data, kind):
    curved = with_record(tiny_data, displayed=3)
    check(smoke(), curved)
    with pytest.raises(TrainingError, match="3 films are stored under"):
        check(smoke(input__contrast={"kind": kind}), curved)
