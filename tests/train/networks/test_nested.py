import pytest
import torch

from pleura.core.recipe import Network
from pleura.train.networks import build_network
from pleura.train.networks.nested import NestedDecoder

SUPERVISED = Network(
    architecture="unetplusplus",
    encoder="test_efficientnet",
    weights="none",
    decoder_channels=(12, 10, 8, 6, 4),
    deep_supervision=True,
)


def build(**changes):
    torch.manual_seed(0)
    network = build_network(SUPERVISED.model_copy(update=changes), 1)
    for weight in network.segmentation_head.parameters():
        torch.nn.init.normal_(weight)
    return network


@pytest.fixture
def films():
    return torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(0))


def test_a_node_joins_what_is_below_with_all_before_it_in_its_row():
    decoder = NestedDecoder((1, 3, 5, 7, 11, 13), (12, 10, 8, 6, 4), "nearest")
    joined = {name: node.conv1[0].in_channels for name, node in decoder.nodes.items()}
    assert len(joined) == 15
    assert joined["x_4_1"] == 13 + 11
    assert joined["x_3_2"] == 12 + 7 + 10
    assert joined["x_1_1"] == 5 + 3
    assert joined["x_1_4"] == 8 + 3 + 3 * 6
    assert joined["x_0_1"] == 3
    assert joined["x_0_5"] == 6 + 4 * 4
    assert decoder.nodes["x_0_5"].conv1[0].out_channels == 4


def test_every_level_has_a_mask_in_training_only(films):
    network = build()
    assert list(network.train()(films)) == ["logits", "level1", "level2", "level3", "level4"]
    assert all(mask.shape == (2, 1, 64, 64) for mask in network(films).values())
    assert list(network.eval()(films)) == ["logits"]


@torch.no_grad()
def test_the_mean_of_all_levels_is_the_mask_and_each_pruned_one_that_level(films):
    whole = build().eval()
    maps = whole.decoder(whole.encoder(films), 5)
    levels = [head(each) for head, each in zip(whole.segmentation_head, maps, strict=True)]
    torch.testing.assert_close(whole(films)["logits"], sum(levels) / 5)
    for number, level in enumerate(levels, 1):
        pruned = build(prune_to=number).eval()
        pruned.load_state_dict(whole.state_dict())
        torch.testing.assert_close(pruned(films)["logits"], level)


def test_a_pruned_network_uses_the_nodes_up_to_its_level_alone(films):
    network = build(prune_to=2).eval()
    network(films)["logits"].sum().backward()
    used = {
        name.split(".")[2] for name, each in network.named_parameters() if "nodes" in name and each.grad is not None
    }
    assert used == {"x_0_1", "x_1_1", "x_0_2"}
    counts = [each.grad is None for each in network.encoder.parameters()]
    assert any(counts)
    assert not all(counts)


def test_a_distance_is_learnt_from_the_map_that_pruning_keeps(films):
    network = build(prune_to=3, distance=True).train()
    network(films)["distance"].sum().backward()
    used = {
        name.split(".")[2] for name, each in network.named_parameters() if "nodes" in name and each.grad is not None
    }
    assert used == {"x_0_1", "x_1_1", "x_2_1", "x_0_2", "x_1_2", "x_0_3"}
