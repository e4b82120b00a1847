import math

import numpy as np
import pytest
import torch
from torch import nn

from pleura.core.errors import RecipeError
from pleura.core.recipe import Augmentation, Consistency, Tone, Warp
from pleura.train.consistency import MeanTeacher, decay_at, disagreement, draw_views, see, weight_at
from tiny import smoke

EARHIAN = Consistency(
    weight=0.001, label=0.001, ramp_epochs=30, films=4, decays=((0, 0.5), (5, 0.9), (10, 0.99), (20, 0.999))
)
VARIED = Augmentation(
    warp=Warp(flip=0.5, affine=1.0, rotate=(-20, 20), scale=(0.8, 1.2)),
    tone=Tone(chance=1.0, kinds=("gamma",), gamma=(0.5, 2.0)),
)


def one_weight(value):
    layer = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return nn.Sequential(layer, nn.BatchNorm2d(1))


def test_the_teacher_is_the_average_that_its_decays_say():
    teacher = MeanTeacher(one_weight(0.0), EARHIAN)
    student = one_weight(1.0)
    for epoch, expected in [(0, 0.5), (4, 0.75), (5, 0.775), (10, 0.77725), (25, 0.77747275)]:
        teacher.follow(student, epoch)
        assert float(teacher.network[0].weight) == pytest.approx(expected, rel=1e-6)


def test_the_teacher_averages_running_statistics_and_copies_counts():
    teacher, student = MeanTeacher(one_weight(0.0), EARHIAN), one_weight(0.0)
    student[1].running_mean.fill_(8.0)
    student[1].num_batches_tracked.fill_(3)
    teacher.follow(student, 0)
    assert float(teacher.network[1].running_mean) == 4.0
    assert int(teacher.network[1].num_batches_tracked) == 3


def test_no_gradient_reaches_the_teacher_and_it_stays_in_evaluation_mode():
    teacher = MeanTeacher(one_weight(1.0).train(), EARHIAN)
    assert not teacher.network.training
    assert not any(weight.requires_grad for weight in teacher.network.parameters())


@pytest.mark.parametrize(
    ("epoch", "decay"), [(0, 0.5), (4, 0.5), (5, 0.9), (9, 0.9), (10, 0.99), (19, 0.99), (20, 0.999), (99, 0.999)]
)
def test_the_decay_is_that_of_the_epoch(epoch, decay):
    assert decay_at(EARHIAN, epoch) == decay


@pytest.mark.parametrize(
    ("epochs", "share"), [(0, math.exp(-5)), (15, math.exp(-1.25)), (30, 1.0), (60, 1.0)], ids=str
)
def test_the_weight_rises_along_the_papers_curve(epochs, share):
    assert weight_at(EARHIAN, epochs) == pytest.approx(0.001 * share)


def test_without_a_ramp_the_term_counts_from_the_first_step():
    assert weight_at(Consistency(weight=2.0), 0) == 2.0


def test_the_term_is_the_squared_difference_of_probabilities():
    def said(probability, label):
        return {"logits": torch.full((2, 1, 4, 4), probability).logit(), "label": torch.full((2,), label).logit()}

    student, teacher = said(0.8, 0.25), said(0.5, 0.75)
    assert float(disagreement(student, teacher, 0.0)) == pytest.approx(0.09, rel=1e-5)
    assert float(disagreement(student, teacher, 0.1)) == pytest.approx(0.09 + 0.1 * 0.25, rel=1e-5)


def test_the_term_teaches_the_student_only():
    student, teacher = (torch.zeros(1, 1, 2, 2, requires_grad=True) for _ in range(2))
    disagreement({"logits": student + 1}, {"logits": teacher - 1}, 0.0).backward()
    assert student.grad is not None
    assert teacher.grad is None


def test_both_see_a_film_moved_alike_and_toned_differently():
    views = draw_views(40, VARIED, EARHIAN, (7, 2, 5))
    disc = torch.zeros(4, 1, 32, 32)
    disc[..., 8:20, 6:16] = 0.5
    student, teacher = see(disc, views)
    assert torch.equal(student > 0, teacher > 0)
    assert not torch.isclose(student, teacher)[student > 0].any()
    assert not torch.equal(student[0] > 0, student[1] > 0)
    assert [part.shape for part in see(disc, views, crop=16)] == [(4, 1, 16, 16)] * 2


def test_films_are_drawn_from_seed_epoch_and_step_alone():
    first, again = (draw_views(40, VARIED, EARHIAN, (7, 2, 5)).rows for _ in range(2))
    assert np.array_equal(first, again)
    assert len(set(first)) == 4
    others = [draw_views(40, VARIED, EARHIAN, at).rows for at in [(7, 2, 6), (7, 3, 5), (8, 2, 5)]]
    assert not any(np.array_equal(first, other) for other in others)


def test_few_films_are_drawn_more_than_once():
    assert draw_views(2, VARIED, EARHIAN, (0, 0, 0)).rows.shape == (4,)


@pytest.mark.parametrize("decays", [[[1, 0.9]], [[0, 0.9], [5, 0.5], [3, 0.1]], [[0, 0.9], [0, 0.5]]])
def test_decays_must_cover_every_epoch_in_order(decays):
    with pytest.raises(RecipeError, match="decays"):
        smoke(consistency={"weight": 1.0, "decays": decays})


def test_a_label_term_needs_a_label():
    with pytest.raises(RecipeError, match=r"network\.label"):
        smoke(consistency={"weight": 1.0, "label": 0.5})
