import cv2
import numpy as np
import pytest
import torch

from pleura.core.preprocess import equalise
from pleura.core.recipe import Augmentation, Tone
from pleura.core.spec import Clahe
from pleura.train.augment import draw
from pleura.train.augment.tone import ToneDraw, apply_tone, draw_tone


def films(count=2, side=64):
    return torch.from_numpy(np.random.default_rng(0).random((count, 1, side, side), dtype=np.float32))


def test_each_film_is_blurred_by_its_own_width_as_opencv_blurs_it():
    planes = films(3)
    result = apply_tone(planes, [ToneDraw(blur=1 / 64), ToneDraw(), ToneDraw(blur=3 / 64)])
    assert torch.allclose(result[1], planes[1], atol=1e-4)
    for row, sigma in ((0, 1.0), (2, 3.0)):
        size = 2 * round(4 * sigma) + 1
        expected = cv2.GaussianBlur(planes[row, 0].numpy(), (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
        assert np.abs(result[row, 0].numpy() - expected).max() < 1e-3


def test_the_width_of_a_blur_is_a_fraction_of_the_whole_film_s_side():
    planes = films(1)
    assert torch.equal(
        apply_tone(planes, [ToneDraw(blur=0.02)], side=128), apply_tone(planes, [ToneDraw(blur=0.04)], side=64)
    )


def test_only_the_film_that_is_drawn_is_equalised_and_as_a_model_s_input_would_be():
    planes, clahe = films(2), Clahe(clip=4.0, tiles=4)
    result = apply_tone(planes, [ToneDraw(equalised=clahe), ToneDraw()])
    assert np.abs(result[0, 0].numpy() - equalise(planes[0, 0].numpy(), clahe)).max() < 1e-4
    assert torch.allclose(result[1], planes[1], atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "changed"), [("blur", "blur"), ("equalise", "equalised"), ("noise", "noise"), ("gamma", "gamma")]
)
def test_a_kind_changes_what_it_is_named_for_and_nothing_else(kind, changed):
    recipe = Tone(chance=1.0, kinds=(kind,), blur=0.1, equalise=3.0, equalise_tiles=2, noise=0.2, gamma=(0.5, 0.9))
    drawn, plain = draw_tone(recipe, np.random.default_rng(1)), ToneDraw()
    differing = {name for name in vars(plain) if getattr(drawn, name) != getattr(plain, name)}
    assert differing - {"noise_seed"} == {changed}
    if kind == "blur":
        assert 0 < drawn.blur <= 0.1
    if kind == "equalise":
        assert drawn.equalised == Clahe(clip=3.0, tiles=2)


def test_the_draws_of_a_film_do_not_change_with_what_is_erased_or_cropped_later():
    tone = Tone(chance=1.0, gamma=(0.5, 2.0))
    plain, erased = (
        draw(Augmentation.model_validate({"tone": tone, "erase": erase}), 1, 2, 3)
        for erase in ({}, {"chance": 1.0, "size": (0.1, 0.2)})
    )
    assert plain.tone == erased.tone
