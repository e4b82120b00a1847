"""The overlay."""

import cv2
import numpy as np
import pytest

from findings import NOTE, SPACING, absent, present
from pleura.core.draw import OUTLINE, draw_overlay, frame_of, with_outlines
from pleura.core.measures import measure_regions


def grey_of(shape, value=90):
    return np.full(shape, value, np.uint8)


def film_part(overlay, shape):
    frame = frame_of(shape)
    return overlay[frame.top : frame.top + shape[0], frame.left : frame.left + shape[1]]


@pytest.mark.parametrize("shape", [(64, 64), (96, 128), (300, 481), (600, 512), (700, 900)])
def test_only_the_outline_covers_the_film(shape):
    finding, grey = present(shape=(96, 128), spacing=SPACING), grey_of((96, 128))
    if shape != (96, 128):
        finding, grey = absent(shape=shape), grey_of(shape)
    overlay = draw_overlay(finding, grey)
    changed = (film_part(overlay, shape) != grey[..., None]).any(axis=-1)
    edges = np.zeros(shape, np.uint8)
    for region in finding.regions:
        cv2.polylines(edges, [border[:, ::-1].copy() for border in region.outline], True, 1)
    near = cv2.dilate(edges, np.ones((7, 7), np.uint8)) > 0
    assert not (changed & ~near).any()
    assert changed.any() == bool(finding.regions)


def test_size_is_the_films_and_two_bars():
    overlay = draw_overlay(absent(shape=(600, 512)), grey_of((600, 512)))
    frame = frame_of((600, 512))
    assert overlay.shape[1:] == (512, 3)
    assert 30 < overlay.shape[0] - 600 - frame.top < 120


def test_a_narrow_film_is_centred_so_that_the_words_fit():
    frame = frame_of((80, 101))
    assert (frame.width, frame.left) == (480, 189)
    assert draw_overlay(absent(shape=(80, 101)), grey_of((80, 101))).shape[1] == 480


def test_text_grows_with_the_film():
    assert [frame_of((width, width)).text for width in (512, 1024, 3000)] == [14, 21, 62]


def test_bar_below_grows_with_the_warnings():
    plain, warned = (draw_overlay(present(notes=(NOTE,) * count), grey_of((96, 128))) for count in (0, 2))
    assert warned.shape[0] > plain.shape[0]


def test_headline_is_in_the_outlines_colour_only_where_something_was_found():
    found, nothing = (
        draw_overlay(kind(), grey_of((96, 128)))[frame_of((96, 128)).top + 96 :] for kind in (present, absent)
    )
    assert (found == OUTLINE).all(axis=-1).any()
    assert not (nothing == OUTLINE).all(axis=-1).any()


def test_outline_runs_along_the_border_and_leaves_the_inside():
    mask = np.zeros((400, 400), bool)
    mask[100:300, 100:300] = True
    picture = with_outlines(grey_of(mask.shape), measure_regions(mask, None))
    assert picture[200, 100].tolist() != [90, 90, 90]
    assert picture[200, 100, 0] > picture[200, 100, 2]
    assert (picture[110:290, 110:290] == 90).all()


def test_an_outline_at_the_films_edge_stays_on_the_film():
    mask = np.ones((70, 90), bool)
    picture = with_outlines(grey_of(mask.shape), measure_regions(mask, None))
    assert picture.shape == (70, 90, 3)
    assert (picture[0, 45] != 90).any()


def test_a_single_pixel_is_seen():
    mask = np.zeros((64, 64), bool)
    mask[30, 30] = True
    picture = with_outlines(grey_of(mask.shape), measure_regions(mask, None))
    assert (picture[28:33, 28:33] != 90).any()
