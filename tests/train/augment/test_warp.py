import cv2
import numpy as np
import pytest
import torch

from pleura.core.recipe import Augmentation, Tone, Warp
from pleura.train.augment import augment, draw
from pleura.train.augment.tone import ToneDraw, apply_tone
from pleura.train.augment.warp import apply_warp, draw_warp


def films(count=2, side=64):
    rng = np.random.default_rng(0)
    smooth = np.stack([cv2.GaussianBlur(rng.random((side, side), dtype=np.float32), (0, 0), 3) for _ in range(count)])
    return torch.from_numpy(smooth)[:, None]


def only(**ranges):
    return draw_warp(Warp(**ranges), np.random.default_rng(0))


def test_the_plain_warp_changes_nothing():
    planes = films()
    assert torch.allclose(apply_warp(planes, [only(), only()]), planes, atol=1e-5)


def test_flip_mirrors_left_and_right():
    planes = films(1)
    assert torch.allclose(apply_warp(planes, [only(flip=1.0)]), planes.flip(-1), atol=1e-5)


def test_shift_moves_right_and_down_by_its_share_of_the_side():
    planes = films(1)
    moved = apply_warp(planes, [only(affine=1.0, shift_x=(0.25, 0.25), shift_y=(0.125, 0.125))])
    assert torch.allclose(moved[..., 8:, 16:], planes[..., :-8, :-16], atol=1e-4)
    assert (moved[..., :, :15] == 0).all()


def test_rotation_and_scale_equal_opencv():
    planes = films(1)
    moved = apply_warp(planes, [only(affine=1.0, scale=(1.2, 1.2), rotate=(20.0, 20.0))])[0, 0].numpy()
    matrix = cv2.getRotationMatrix2D((31.5, 31.5), 20.0, 1.2)
    expected = cv2.warpAffine(planes[0, 0].numpy(), matrix, (64, 64), flags=cv2.INTER_LINEAR)
    assert np.abs(moved - expected)[8:-8, 8:-8].max() < 0.02


@pytest.mark.parametrize("kind", ["elastic", "grid", "optical"])
def test_each_distortion_bends_the_film_and_leaves_it_recognisable(kind):
    planes = films(1)
    bent = apply_warp(
        planes, [only(distort=1.0, kinds=(kind,), elastic_amplitude=0.02, grid_limit=0.3, optical_limit=0.2)]
    )
    assert not torch.allclose(bent, planes, atol=1e-3)
    inner = (slice(None), slice(None), slice(12, -12), slice(12, -12))
    assert np.corrcoef(bent[inner].ravel(), planes[inner].ravel())[0, 1] > 0.3


def test_the_mask_goes_where_the_film_goes():
    plane = torch.zeros(1, 1, 64, 64)
    plane[..., 20:40, 10:30] = 1
    recipe = Augmentation(warp=Warp(flip=0.5, affine=1.0, rotate=(-30, 30), distort=1.0, elastic_amplitude=0.02))
    for epoch in range(5):
        film, mask = augment(plane, plane, [draw(recipe, 0, epoch, 0)])
        assert torch.allclose(film, mask, atol=2 / 65535)


def test_a_draw_depends_on_seed_epoch_and_film_only():
    recipe = Augmentation(warp=Warp(affine=1.0, rotate=(-30, 30)), tone=Tone(chance=1.0, gamma=(0.5, 2.0)))
    first, again, other = draw(recipe, 1, 2, 3), draw(recipe, 1, 2, 3), draw(recipe, 1, 2, 4)
    assert (first.warp.matrix == again.warp.matrix).all()
    assert first.tone == again.tone
    assert (first.warp.matrix != other.warp.matrix).any()


def test_plain_tone_changes_nothing_and_bits_leave_few_levels():
    planes = films(2)
    result = apply_tone(planes, [ToneDraw(), ToneDraw(levels=3.0)])
    assert torch.allclose(result[0], planes[0], atol=1e-4)
    assert len(result[1].unique()) <= 4


def test_noise_is_replayed_from_its_seed():
    planes = films(1)
    first, again = (apply_tone(planes, [ToneDraw(noise=0.1, noise_seed=5)]) for _ in range(2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, planes, atol=1e-2)


def test_tone_never_leaves_the_unit_range():
    planes = films(4)
    recipe = Tone(chance=1.0, brightness=0.9, contrast=0.9, gamma=(0.2, 5.0), noise=0.5, window=0.4)
    drawn = [draw(Augmentation(tone=recipe), 0, 0, film).tone for film in range(4)]
    result = apply_tone(planes, drawn)
    assert float(result.min()) >= 0
    assert float(result.max()) <= 1


def test_a_crop_is_cut_out_of_the_warped_film_at_its_corner():
    planes = films(2)
    recipe = Augmentation(warp=Warp(affine=1.0, rotate=(-30, 30), distort=1.0, elastic_amplitude=0.02))
    draws = [draw(recipe, 0, 0, film) for film in range(2)]
    whole, _ = augment(planes, planes, draws)
    part, mask = augment(planes, planes, draws, crop=32)
    assert part.shape == mask.shape == (2, 1, 32, 32)
    for row, item in enumerate(draws):
        left, top = (round(share * 32) for share in item.corner)
        assert torch.allclose(part[row], whole[row, :, top : top + 32, left : left + 32], atol=1e-4)


def test_crops_reach_every_edge_and_one_as_large_as_the_film_is_the_film():
    corners = np.array([draw(Augmentation(), 0, 0, film).corner for film in range(200)])
    assert (corners.min(axis=0) < 0.03).all()
    assert (corners.max(axis=0) > 0.97).all()
    planes = films(1)
    assert torch.allclose(augment(planes, planes, [draw(Augmentation(), 0, 0, 0)], crop=64)[1], planes, atol=1e-5)
