import torch
from timm.layers import BatchNormAct2d
from torch import nn

from pleura.train.batch_norm import PooledBatchNorm, pool_batch_norm


def test_it_stands_for_timms_batch_norm_with_the_same_keys_and_answer():
    norm = BatchNormAct2d(3, act_layer=nn.SiLU).eval()
    norm.running_mean.copy_(torch.tensor([1.0, 2, 3]))
    films = torch.randn(2, 3, 4, 4)
    pooled = PooledBatchNorm(norm)
    assert pooled.state_dict().keys() == norm.state_dict().keys()
    assert pooled.weight is norm.weight
    assert not pooled.training
    torch.testing.assert_close(pooled(films), norm(films.clone()))


def test_in_one_process_a_network_is_left_as_it_is():
    network = nn.Sequential(nn.BatchNorm2d(2))
    before = network[0]
    pool_batch_norm(network)
    assert network[0] is before
