import math

import pytest
import torch
from timm.layers.cbam import ChannelAttn

from pleura.train.networks.cbam import Cbam, ChannelGate, SpatialGate


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


@torch.no_grad()
def test_a_channel_gate_adds_what_mean_and_maximum_say():
    gate = ChannelGate(2)
    gate.narrow.weight.copy_(torch.tensor([1.0, -2.0]).view(1, 2, 1, 1))
    gate.narrow.bias.zero_()
    gate.widen.weight.copy_(torch.tensor([1.0, -0.5]).view(2, 1, 1, 1))
    gate.widen.bias.copy_(torch.tensor([0.0, 0.25]))
    film = torch.tensor([[[[1.0, 3.0]], [[0.0, 2.0]]]])
    # Means 2 and 1: relu(2 - 2) = 0. Maxima 3 and 2: relu(3 - 4) = 0. Only the biases are left, twice.
    weighed = gate(film)
    assert weighed[0, 0] == pytest.approx(film[0, 0] * sigmoid(0.0))
    assert weighed[0, 1] == pytest.approx(film[0, 1] * sigmoid(0.5))
    # Without the second channel: relu(2) + relu(3) = 5.
    film[:, 1] = 0
    assert gate(film)[0, 0] == pytest.approx(film[0, 0] * sigmoid(5.0))


@torch.no_grad()
def test_a_channel_gate_is_timms():
    theirs, mine = ChannelAttn(32, rd_ratio=1 / 16, rd_divisor=1, mlp_bias=True), ChannelGate(32)
    for ours, other in ((mine.narrow, theirs.fc1), (mine.widen, theirs.fc2)):
        ours.load_state_dict(other.state_dict())
    film = torch.randn(2, 32, 5, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(mine(film), theirs(film))


@torch.no_grad()
def test_a_spatial_gate_reads_mean_and_maximum_of_the_channels_around_a_place():
    gate = SpatialGate()
    gate.window.weight.zero_()
    gate.window.weight[0, 0, 3, 3] = 1.0  # the mean, here
    gate.window.weight[0, 1, 3, 6] = 2.0  # the maximum, three places to the right
    film = torch.zeros(1, 2, 1, 5)
    film[0, :, 0, 0] = torch.tensor([1.0, 3.0])
    film[0, :, 0, 3] = torch.tensor([0.5, -0.5])
    weighed = gate(film)
    assert weighed[0, :, 0, 0].tolist() == pytest.approx([sigmoid(2 + 1), 3 * sigmoid(2 + 1)])
    assert weighed[0, :, 0, 3].tolist() == pytest.approx([0.5 * sigmoid(0), -0.5 * sigmoid(0)])


def test_channels_come_before_places():
    assert [type(part) for part in Cbam(16)] == [ChannelGate, SpatialGate]
