import copy

import torch
from torch import nn

from pleura.train.networks import keep_depthwise_in_float32


def test_depthwise_layers_stay_in_float32_and_keep_their_names():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3, groups=4))
    names = list(network.state_dict())
    seen = []
    network[1].register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0].dtype))
    keep_depthwise_in_float32(network)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = network(torch.randn(1, 1, 16, 16))
    assert result.dtype == torch.bfloat16
    assert result.shape == (1, 4, 12, 12)
    assert list(network.state_dict()) == names


def test_a_copy_runs_its_own_weights():
    network = nn.Sequential(nn.Conv2d(2, 2, 3, groups=2))
    keep_depthwise_in_float32(network)
    twin = copy.deepcopy(network)
    nn.init.zeros_(twin[0].weight)
    nn.init.zeros_(twin[0].bias)
    films = torch.ones(1, 2, 4, 4)
    assert (twin(films) == 0).all()
    assert (network(films) != 0).any()
    assert torch.equal(torch.compile(network, backend="eager")(films), network(films))
