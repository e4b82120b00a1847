from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pleura.core.errors import RecipeError
from pleura.core.metrics import MONITORABLE
from pleura.core.preprocess import standardise
from pleura.core.spec import Crop
from pleura.train.resident import Resident, input_spec
from pleura.train.validate import MONITORED, check_monitor, infer, infer_whole, merit, validate
from tiny import smoke

SIDE = 32
THRESHOLD = {"rule": "threshold", "bottom": 0.5, "tta": "none"}


def films_of(masks):
    """Films that show their own mask in white."""
    planes = torch.from_numpy(np.stack(masks).astype(np.uint8) * 255)[:, None]
    return Resident(planes, planes, np.array([mask.any() for mask in masks]), torch.device("cpu"))


def square(left):
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[8:16, left : left + 8] = True
    return mask


FILMS = films_of([square(2), square(20), square(4), np.zeros((SIDE, SIDE), bool), np.zeros((SIDE, SIDE), bool)])


class Seeing(nn.Module):
    """Is sure of what is white; or, `blind` on one half of the picture, only of what is white elsewhere."""

    def __init__(self, blind=None) -> None:
        super().__init__()
        self.blind = blind
        self.modes = []

    def forward(self, films):
        self.modes.append(self.training)
        logits = torch.where(films > 0, 8.0, -8.0)
        if self.blind is not None:
            logits[..., self.blind] = -8.0
        return {"logits": logits}


def judge(network, batch=2, **changes):
    recipe = smoke(decision=THRESHOLD, **changes)
    return validate(network, FILMS, recipe, input_spec(recipe, SIDE), batch)


def test_a_perfect_network_scores_perfectly():
    figures = judge(Seeing())
    perfect = ("siim_dice", "dice_positives", "pooled_iou", "pooled_f1", "empty_correct", "auroc", "ap")
    assert [figures[name] for name in perfect] == pytest.approx([1.0] * len(perfect))
    assert 5 * figures["loss"] < judge(Seeing(slice(0, 16)))["loss"]


def test_figures_do_not_depend_on_the_batch_where_the_loss_does_not():
    figures = [judge(Seeing(slice(0, 16)), batch, loss__dice=0.0) for batch in (1, 2, 5)]
    assert figures[0] == pytest.approx(figures[1], nan_ok=True)
    assert figures[0] == pytest.approx(figures[2], nan_ok=True)


def test_a_network_blind_on_one_side_misses_what_is_there():
    figures = judge(Seeing(slice(0, 16)), validation__tta="none")
    assert figures["siim_dice"] == pytest.approx(3 / 5)
    assert figures["dice_positives"] == pytest.approx(1 / 3)
    assert figures["pooled_recall"] == pytest.approx(1 / 3)
    assert figures["empty_correct"] == 1.0


def test_flip_averages_with_the_mirrored_film():
    # Blind on one side, the mirrored film gives half of the probability, which is not above the threshold of .5.
    low = {"rule": "threshold", "bottom": 0.4, "tta": "none"}
    recipe = smoke(decision=low, validation__tta="flip")
    assert validate(Seeing(slice(0, 16)), FILMS, recipe, input_spec(recipe, SIDE), 2)["dice_positives"] == 1.0


def test_films_are_judged_in_windows_where_the_recipe_has_them():
    recipe = smoke(decision=THRESHOLD, input__patch={"side": 32, "overlap": 0.5}, validation__tta="none")
    greys = torch.rand(2, 1, 64, 64, generator=torch.manual_seed(0))
    spec = input_spec(recipe, 64)
    sizes = []

    def edge_blind(films):
        """Says of each pixel what it sees, and of a window's outermost ones that they are surely positive."""
        sizes.append(tuple(films.shape[-2:]))
        logits = films.clone()
        logits[..., [0, -1], :] = 50.0
        return {"logits": logits, "label": films.amax(dim=(1, 2, 3))}

    said = infer_whole(edge_blind, greys, recipe, spec)
    assert set(sizes) == {(32, 32)}
    mean, std = (torch.tensor(each[0]) for each in (spec.mean, spec.std))
    seen = (greys - mean) / std
    assert torch.allclose(said["logits"][..., 2:-2, :], seen[..., 2:-2, :], atol=0.05)
    assert torch.allclose(said["label"], seen.amax(dim=(1, 2, 3)), atol=1e-5)


@pytest.mark.parametrize(("rule", "recall"), [("label_gated", 1.0), ("distance", 1 / 3)])
def test_every_rule_is_judged_by_its_own_heads(rule, recall):
    class Headed(Seeing):
        def forward(self, films):
            logits = super().forward(films)["logits"]
            half = torch.zeros_like(logits)
            half[..., 16:] = 1  # the map puts an outline on one half only
            distance = torch.where((logits > 0) & (half > 0), -1.0, 1.0)
            return {"logits": logits, "label": 8 * (logits.amax(dim=(1, 2, 3)) - 4), "distance": distance}

    decision = {"rule": rule, "top": 0.5, "bottom": 0.5, "label": 0.5, "cut": 0.0}
    heads = {"network__label": True, "network__distance": True, "loss__label": 1.0, "loss__distance": 1.0}
    recipe = smoke(decision=decision, validation__tta="none", **heads)
    figures = validate(Headed(), FILMS, recipe, input_spec(recipe, SIDE), 2)
    assert figures["empty_correct"] == 1.0
    assert figures["pooled_recall"] == pytest.approx(recall)


def test_areas_on_a_film_cropped_to_the_lungs_are_those_of_the_film():
    lungs = Crop(top=0.0, bottom=0.5, left=0.0, right=0.5)
    # 64 pixels of a 32 grid are 64 * 256 of a 1024 film where half of either side is seen, and else 4 times as many.
    decision = {"rule": "triplet", "top": 0.5, "bottom": 0.5, "area": 17 * 1024, "tta": "none"}
    recipe = smoke(decision=decision, input__lung_crop={"margin": 0.0})
    spec = input_spec(recipe, SIDE)
    scores = [
        validate(Seeing(), replace(FILMS, crops=crops), recipe, spec, 2)["dice_positives"]
        for crops in ((lungs,) * 5, (Crop(top=0.0, bottom=1.0, left=0.0, right=1.0),) * 5)
    ]
    assert scores == [0.0, 1.0]


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_judged_in_evaluation_mode_and_left_as_it_was(training):
    network = Seeing().train(training)
    judge(network)
    assert set(network.modes) == {False}
    assert network.training is training


def test_every_name_that_may_be_monitored_is_measured():
    assert tuple(judge(Seeing())) == MONITORED == ("loss", *MONITORABLE)


@pytest.mark.parametrize("name", MONITORED)
def test_a_metric_that_exists_may_be_monitored(name):
    check_monitor(smoke(validation__monitor=name))


def test_a_metric_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(RecipeError, match=r"'iou_score' is no metric.*pooled_iou"):
        check_monitor(smoke(validation__monitor="iou_score"))


def test_higher_merit_is_better_for_every_metric():
    assert merit({"loss": 0.2}, "loss") > merit({"loss": 0.3}, "loss")
    assert merit({"auroc": 0.9}, "auroc") > merit({"auroc": 0.8}, "auroc")


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_network_sees_standardised_films_and_answers_in_float32(precision):
    recipe = smoke(precision=precision, input__channels=3)
    spec = input_spec(recipe, SIDE)
    seen = []
    convolution = nn.Conv2d(3, 1, 1)
    convolution.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    greys = torch.rand(2, 1, SIDE, SIDE)
    logits = infer(lambda films: {"logits": convolution(films)}, greys, recipe, spec)["logits"]
    assert logits.dtype == torch.float32
    mean, std = (np.array(each, np.float32).reshape(1, 3, 1, 1) for each in (spec.mean, spec.std))
    assert np.allclose(seen[0].numpy(), standardise(greys.numpy().repeat(3, axis=1), mean, std), atol=1e-6)
