import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt

from pleura.train.distance import signed_distances


def test_of_a_half_plane_it_rises_in_a_straight_line_on_either_side():
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :2] = 1
    row = [-1, -1 / 2, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1]
    assert signed_distances(mask)[0, 0].numpy() == pytest.approx(np.tile(row, (8, 1)))


def test_of_a_disc_it_falls_with_the_radius():
    rows, columns = np.mgrid[:65, :65] - 32
    radius = np.hypot(rows, columns)
    disc = radius <= 20
    found = signed_distances(torch.from_numpy(disc)[None, None].float())[0, 0].numpy()
    inside, outside = distance_transform_edt(disc), distance_transform_edt(~disc)
    assert found == pytest.approx(outside / outside.max() - inside / inside.max(), abs=1e-6)
    assert found[32, 32] == -1
    assert (found < 0).tolist() == disc.tolist()
    # The corner is 32 sqrt 2 from the middle and so 25.25 from the disc, to within a pixel.
    assert found[0, 0] == 1
    assert found[32, 0] == pytest.approx(12 / 25.25, abs=0.03)


def test_films_are_measured_each_by_itself_and_plain_ones_are_flat():
    masks = torch.zeros(3, 1, 4, 4)
    masks[1], masks[2, 0, 0, 0] = 1, 1
    maps = signed_distances(masks)
    assert maps.dtype == torch.float32
    assert (maps[0] == 1).all()
    assert (maps[1] == -1).all()
    assert maps[2, 0, 0, 0] == -1
    assert maps[2, 0, 3, 3] == 1
