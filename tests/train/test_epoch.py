from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from pleura.train.epoch import Stretch, chance_seed, fetched, gather_gradients, make_batch, train_epoch
from pleura.train.resident import Pool, input_spec, make_resident
from pleura.train.session import start_session
from tiny import SHORT, smoke

CPU = torch.device("cpu")


class Dot(nn.Module):
    """One convolution, without batch norm: what it says of a film hangs on that film alone."""

    def __init__(self) -> None:
        super().__init__()
        self.weigh = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, films):
        return {"logits": self.weigh(films)}


def stretch_of(data, folder, **changes):
    recipe = smoke(stages=[SHORT | changes], loss={"bce": 1.0, "dice": 1.0, "dice_pooling": "image"})
    films = make_resident(Pool(data, data.indices("train")), recipe, 32, CPU, folder)
    stage, network = recipe.stages[0], Dot()
    return Stretch(recipe, stage, 0, input_spec(recipe, 32), films, films, network, lambda _at: None)


def one_step(stretch, films):
    """The batches of a step with the first films."""
    (batches,) = [list(batches) for batches in fetched(stretch, [np.arange(films)])]
    return batches


def test_gathered_gradients_are_those_of_one_large_batch(tiny_data, tmp_path):
    whole = stretch_of(tiny_data, tmp_path, batch=20)
    session = replace(start_session(whole.recipe, CPU), network=whole.network, average=None)
    session.optimiser = torch.optim.SGD(whole.network.parameters(), 0.1)
    parts = replace(whole, stage=whole.stage.model_copy(update={"batch": 8, "accumulate": 3}))
    found = []
    for stretch in (whole, parts):  # the second in parts of 7, 7 and 6 films
        loss, terms = gather_gradients(stretch, session, one_step(stretch, 20), 0, [])
        found.append((loss, terms["bce"], whole.network.weigh.weight.grad.clone()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-6)
    assert float(found[0][1]) == pytest.approx(float(found[1][1]), rel=1e-6)
    assert torch.allclose(found[0][2], found[1][2], rtol=1e-4, atol=1e-6)


def test_a_companion_s_term_stands_once_in_a_step_of_several_batches(tiny_data, tmp_path):
    stretch = stretch_of(tiny_data, tmp_path, batch=4, accumulate=3)
    session = replace(start_session(stretch.recipe, CPU), network=stretch.network, average=None)
    session.optimiser = torch.optim.SGD(stretch.network.parameters(), 0.1)
    alone, _ = gather_gradients(stretch, session, one_step(stretch, 10), 0, [])
    slope = stretch.network.weigh.bias.grad.clone()
    session.companion = Beside()
    beside, terms = gather_gradients(stretch, session, one_step(stretch, 10), 0, [])
    assert beside - alone == pytest.approx(float(2 * stretch.network.weigh.bias.detach()), abs=1e-6)
    assert float(terms["beside"]) == 7.0
    assert torch.allclose(stretch.network.weigh.bias.grad, slope + 2)


class Beside:
    """Adds twice the network's bias to the loss."""

    def term(self, network, _epoch, _step):
        return 2 * network.weigh.bias.sum(), {"beside": torch.tensor(7.0)}


def test_what_dropout_draws_hangs_on_the_epoch_and_the_process_alone(tiny_data, tmp_path):
    recipe = smoke(stages=[SHORT], network__dropout=[0.5] * 6, network__encoder="test_efficientnet")
    films = make_resident(Pool(tiny_data, tiny_data.indices("train")), recipe, 32, CPU, tmp_path)
    losses = []
    for state in (1, 2):
        session = start_session(recipe, CPU)
        stretch = Stretch(
            recipe, recipe.stages[0], 0, input_spec(recipe, 32), films, films, session.network, lambda _at: None
        )
        torch.manual_seed(state)
        losses.append(train_epoch(stretch, session).train_loss)
    assert losses[0] == losses[1]
    assert len({chance_seed(*at) for at in ((1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1))}) == 4


def test_scores_are_the_share_of_a_negative_film_that_is_wrongly_found(tiny_data, tmp_path):
    stretch = stretch_of(tiny_data, tmp_path)
    nn.init.zeros_(stretch.network.weigh.weight)
    nn.init.constant_(stretch.network.weigh.bias, 1.0)
    session = replace(start_session(stretch.recipe, CPU), network=stretch.network, average=None)
    session.scores = torch.full((len(stretch.films.present),), float("nan"))
    seen = []
    gather_gradients(stretch, session, one_step(stretch, 6), 0, seen)
    ((rows, scores),) = seen
    assert rows.tolist() == np.flatnonzero(~stretch.films.present[:6]).tolist()
    assert (scores == 1).all()


def test_of_a_crop_without_its_pneumothorax_the_label_is_that_there_is_none(tiny_data, tmp_path):
    stretch = stretch_of(tiny_data, tmp_path, resolution=64, crop=32)
    stretch = replace(
        stretch, films=make_resident(Pool(tiny_data, tiny_data.indices("train")), stretch.recipe, 64, CPU, tmp_path)
    )
    rows = np.repeat(np.flatnonzero(stretch.films.present), 1)
    labels = []
    for epoch in range(4):
        greys, targets = make_batch(stretch, rows, epoch)
        assert greys.shape == targets.mask.shape == (len(rows), 1, 32, 32)
        assert torch.equal(targets.label, (targets.mask.amax(dim=(1, 2, 3)) >= 0.5).float())
        labels += targets.label.tolist()
    assert 0 < sum(labels) < len(labels)
