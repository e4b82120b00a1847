import pytest
import torch
from torch import nn

from pleura.train.average import MovingAverage, mean_weights, measure_batch_norm


def network_of(value):
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.fill_(value)
    return network


@pytest.mark.parametrize("decay", [0.05, 0.5, 0.999])
def test_the_average_follows_the_stated_recurrence(decay):
    average = MovingAverage(network_of(0), decay)
    expected = 0.0
    for step, value in enumerate([4.0, -2.0, 8.0, 8.0, 1.0]):
        average.update(network_of(value))
        kept = min(decay, (1 + step) / (10 + step))
        expected = kept * expected + (1 - kept) * value
    assert torch.allclose(average.network[0].weight, torch.full((2, 2), expected), atol=1e-5)


def test_running_statistics_are_averaged_and_counts_copied():
    average = MovingAverage(network_of(0), 0.9)
    average.update(network_of(10))
    state = average.network.state_dict()
    assert torch.allclose(state["1.running_mean"], torch.full((2,), 9.0))
    assert state["1.num_batches_tracked"] == 10


def test_equal_weights_stay_where_they_are():
    average = MovingAverage(network_of(3), 0.9)
    for _ in range(5):
        average.update(network_of(3))
    assert torch.allclose(average.network[0].bias, torch.full((2,), 3.0))


def test_the_average_is_a_twin_that_is_never_trained():
    network = network_of(1)
    average = MovingAverage(network, 0.9)
    assert not average.network.training
    assert not any(parameter.requires_grad for parameter in average.network.parameters())
    network_changed = network[0].weight.data.fill_(7)
    assert not torch.equal(average.network[0].weight, network_changed)
    assert network.training


def test_the_mean_of_several_states_is_that_of_each_tensor():
    states = [network_of(value).state_dict() for value in (1.0, 2.0, 6.0)]
    mean = mean_weights(iter(states))
    assert torch.allclose(mean["0.weight"], torch.full((2, 2), 3.0))
    assert torch.allclose(mean["1.running_var"], torch.full((2,), 3.0))
    assert mean["1.num_batches_tracked"] == 1
    assert (states[0]["0.weight"] == 1).all()


def test_batch_norm_is_measured_as_the_plain_mean_over_batches_and_nothing_else_trains():
    network = nn.Sequential(nn.BatchNorm1d(1), nn.Dropout(0.9), nn.BatchNorm1d(1, affine=False)).eval()
    network[0].running_mean.fill_(99)
    batches = [torch.tensor([[0.0], [2.0]]), torch.tensor([[4.0], [10.0]])]
    measure_batch_norm(network, network, iter(batches))
    assert network[0].running_mean.item() == pytest.approx((1 + 7) / 2)
    assert network[0].running_var.item() == pytest.approx((2 + 18) / 2)
    # Had the dropout been active, what reaches the second layer would not have this variance.
    assert network[2].running_var.item() == pytest.approx(2.0, rel=1e-3)
    assert network[0].momentum == 0.1
    assert not any(layer.training for layer in network.modules())


def test_batch_norm_that_is_frozen_keeps_its_statistics():
    class Frozen(nn.BatchNorm1d):
        def train(self, mode=True):
            return super().train(False)

    network = nn.Sequential(Frozen(1))
    network[0].running_mean.fill_(5)
    measure_batch_norm(network, network, [torch.ones(4, 1)])
    assert network[0].running_mean.item() == 5
