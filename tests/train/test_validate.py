import numpy as np
import pytest
import torch
from torch import nn

from pleura.core.errors import RecipeError
from pleura.core.metrics import MONITORABLE
from pleura.core.preprocess import standardise
from pleura.train.resident import Resident, input_spec
from pleura.train.validate import MONITORED, check_monitor, infer, merit, validate
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
