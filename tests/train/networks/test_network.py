import copy

import pytest
import torch
from torch import nn

from pleura.core.recipe import Network
from pleura.train.networks import build_network, freeze_encoder

TINY = {"architecture": "unet", "encoder": "test_efficientnet", "weights": "none"}


def build(**more):
    torch.manual_seed(0)
    return build_network(Network(**TINY, **more), 1)


@pytest.fixture
def films():
    return torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))


def learn(network, films, steps=1):
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2, weight_decay=0.1)
    for _ in range(steps):
        optimiser.zero_grad()
        network(films)["logits"].square().mean().backward()
        optimiser.step()


def moved(network, before):
    return {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}


def batch_norm_names(network):
    layers = [name for name, part in network.encoder.named_modules() if isinstance(part, nn.BatchNorm2d)]
    return {
        f"encoder.{layer}.{name}" for layer in layers for name in ("weight", "bias", "running_mean", "running_var")
    }


@torch.no_grad()
def test_heads_come_in_the_order_of_a_model_file(films):
    said = build(label=True, distance=True).eval()(films)
    assert [(name, tuple(value.shape)) for name, value in said.items()] == [
        ("logits", (2, 1, 64, 64)),
        ("label", (2,)),
        ("distance", (2, 1, 64, 64)),
    ]


@torch.no_grad()
@pytest.mark.parametrize("architecture", ["fpn", "deeplabv3plus"])
def test_a_distance_map_has_the_films_size_under_coarser_decoders(architecture, films):
    network = build_network(Network(**TINY | {"architecture": architecture}, distance=True), 1).eval()
    distance = network(10 * films)["distance"]
    assert distance.shape == (2, 1, 64, 64)
    assert distance.abs().max() <= 1


@torch.no_grad()
def test_a_label_is_a_linear_reading_of_the_mean_over_the_film():
    head = build(label=True).heads.label
    head.linear.weight.zero_()
    head.linear.weight[0, :2] = torch.tensor([2.0, -1.0])
    head.linear.bias.fill_(0.5)
    feature = torch.zeros(1, head.linear.in_features, 1, 2)
    feature[0, 0] = torch.tensor([1.0, 3.0])
    feature[0, 1] = torch.tensor([0.0, 2.0])
    assert head(feature).tolist() == pytest.approx([2 * 2 - 1 + 0.5])


def test_frozen_batch_norm_stays_as_it_came_while_the_rest_learns(films):
    network = build(freeze_batch_norm=True).train()
    before = copy.deepcopy(network.state_dict())
    learn(network, films)
    changed = moved(network, before)
    assert not changed & batch_norm_names(network)
    assert any(name.startswith("encoder.") for name in changed)
    assert "decoder.blocks.0.conv1.1.running_mean" in changed


def test_a_frozen_encoder_stands_still_and_learns_again(films):
    network = build().train()
    learn(network, films)
    before = copy.deepcopy(network.state_dict())
    freeze_encoder(network, True)
    network.train()
    learn(network, films, steps=2)
    assert {name.split(".")[0] for name in moved(network, before)} == {"decoder", "segmentation_head"}
    freeze_encoder(network, False)
    learn(network, films)
    assert batch_norm_names(network) <= moved(network, before)


def test_thawing_leaves_batch_norm_that_the_recipe_froze(films):
    network = build(freeze_batch_norm=True).train()
    freeze_encoder(network, True)
    freeze_encoder(network, False)
    before = copy.deepcopy(network.state_dict())
    learn(network, films)
    changed = moved(network, before)
    assert any(name.startswith("encoder.") for name in changed)
    assert not changed & batch_norm_names(network)


def test_freezing_asks_for_a_network_with_an_encoder():
    with pytest.raises(TypeError, match="Linear"):
        freeze_encoder(nn.Linear(1, 1), True)
