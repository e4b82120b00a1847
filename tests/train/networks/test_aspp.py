import pytest
import torch

from pleura.train.networks.aspp import ASPP_CHANNELS, Aspp


def reach(dilations):
    """How far from the middle of a 41 x 41 feature a change is seen, the branch of the mean left out."""
    torch.manual_seed(0)
    aspp = Aspp(2, dilations).eval()
    torch.nn.init.zeros_(aspp.whole[0].weight)
    with torch.no_grad():
        feature = torch.zeros(1, 2, 41, 41)
        before = aspp(feature)
        feature[..., 20, 20] = 5.0
        changed = (aspp(feature) != before).any(1)[0].nonzero()
    return int((changed - 20).abs().max())


@pytest.mark.parametrize(("dilations", "pixels"), [((1,), 0), ((1, 6), 6), ((1, 6, 12, 18), 18)])
def test_dilation_widens_what_is_seen(dilations, pixels):
    assert reach(dilations) == pixels


def test_height_and_width_stay_and_every_branch_is_joined():
    aspp = Aspp(8, (1, 2, 3)).eval()
    with torch.no_grad():
        assert aspp(torch.zeros(2, 8, 3, 5)).shape == (2, ASPP_CHANNELS, 3, 5)
    assert [tuple(branch[0].kernel_size) for branch in aspp.branches] == [(1, 1), (3, 3), (3, 3)]
    assert aspp.join[0].in_channels == 4 * ASPP_CHANNELS


def test_the_mean_over_the_film_reaches_every_place():
    aspp = Aspp(2, (1,)).eval()
    feature = torch.zeros(1, 2, 9, 9)
    with torch.no_grad():
        before = aspp(feature)
        feature[..., 0, 0] = 40.0
        assert bool((aspp(feature) != before).any(1).all())
