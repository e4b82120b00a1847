import cv2
import numpy as np
import pytest

from pleura.data.show.mask_check import EMPTY_SHARE, OUTSIDE_SHARE, check_mask, outside_body

SIDE = 256


@pytest.fixture(scope="module")
def chest():
    """A grainy body with two dark lungs in it, dark air beside it and a white border of no exposure above."""
    film = np.full((SIDE, SIDE), 12.0, np.float32)
    cv2.ellipse(film, (128, 150), (100, 130), 0, 0, 360, 170, -1)
    for centre in (88, 168):
        cv2.ellipse(film, (centre, 140), (26, 70), 0, 0, 360, 14, -1)
    film += np.random.default_rng(0).normal(0, 4, film.shape)
    film[:30] = 255
    return np.rint(film.clip(0, 255)).astype(np.uint8)


def disc(centre, radius=14):
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(mask, centre, radius, 1, -1)
    return mask > 0


@pytest.mark.parametrize(
    ("centre", "outside"),
    [
        pytest.param((88, 110), False, id="in a lung as dark as the air beside the body"),
        pytest.param((128, 150), False, id="in the body"),
        pytest.param((14, 60), True, id="beside the body"),
        pytest.param((128, 14), True, id="above the exposed field"),
    ],
)
def test_a_mask_is_outside_where_no_body_was_exposed(chest, centre, outside):
    assert (check_mask(chest, disc(centre)).outside >= OUTSIDE_SHARE) is outside


def test_a_mask_that_only_touches_the_air_beside_the_body_is_not_suspicious(chest):
    edge = int(np.flatnonzero(~outside_body(chest)[150])[0])
    check = check_mask(chest, disc((edge + 24, 150), radius=25))
    assert 0 < check.outside < OUTSIDE_SHARE


def test_a_mask_where_nothing_is_seen_is_told_from_one_on_a_picture(chest):
    blank = chest.copy()
    blank[60:120, 60:120] = 40
    assert check_mask(blank, disc((90, 90))).empty > 0.9
    assert check_mask(chest, disc((90, 90))).empty < EMPTY_SHARE


def test_small_parts_are_counted_beside_the_whole(chest):
    mask = disc((88, 110))
    mask[200, 128] = mask[210, 128] = True
    check = check_mask(chest, mask)
    assert (check.specks, check.parts) == (2, 3)
