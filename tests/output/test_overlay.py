"""The overlay as a PNG and the film's display contrast."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from findings import film, present
from pleura.core.draw import frame_of
from pleura.core.rle import decode
from pleura.core.types import Voi
from pleura.output.overlay import display, overlay_png


def read_png(content):
    return cv2.cvtColor(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def test_display_spreads_a_narrow_range_and_keeps_its_order():
    pixels = np.linspace(0.4, 0.5, 100 * 100, dtype=np.float32).reshape(100, 100)
    shown = display(film(pixels=pixels))
    assert (shown.min(), shown.max()) == (0, 255)
    assert (np.diff(shown.ravel().astype(int)) >= 0).all()


@pytest.mark.parametrize(
    "voi",
    [
        pytest.param(Voi("linear", 0.4, 0.6), id="linear"),
        pytest.param(Voi("sigmoid", 0.5, 0.6), id="sigmoid"),
        pytest.param(Voi("table", 0.0, 1.0, (0.0, 0.9, 1.0)), id="table"),
    ],
)
def test_display_follows_the_headers_curve(voi):
    plain = film((64, 256))
    curved = replace(plain, voi=voi)
    assert not np.array_equal(display(plain), display(curved))
    assert (np.diff(display(curved)[0].astype(int)) >= 0).all()


def test_a_blank_film_is_shown_without_error():
    assert display(film(pixels=np.full((64, 64), 0.5, np.float32))).shape == (64, 64)


def test_values_at_both_ends_do_not_wrap_around():
    pixels = np.zeros((64, 64), np.float32)
    pixels[:, 32:] = 1
    shown = display(film(pixels=pixels))
    assert (shown[0, 0], shown[0, -1]) == (0, 255)


def test_png_holds_the_film_under_its_outline():
    finding = present(shape=(100, 500))
    picture = read_png(overlay_png(finding))
    frame = frame_of((100, 500))
    shown = picture[frame.top : frame.top + 100]
    assert np.array_equal(shown[90:, :, 0], display(finding.film)[90:])


def test_the_same_finding_gives_the_same_bytes():
    assert overlay_png(present()) == overlay_png(present())


def test_a_notebook_shows_the_overlay():
    finding = replace(present(), picture=overlay_png)
    assert finding._repr_png_() == overlay_png(finding)


def test_a_real_film_keeps_its_greys_outside_the_outline(shared_data):
    path = min((shared_data / "labelled" / "images").glob("*.png"))
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    empty = replace(present(pixels.shape), film=film(pixels=pixels), regions=(), mask=decode("-1", pixels.shape))
    frame = frame_of(pixels.shape)
    shown = read_png(overlay_png(empty))[frame.top : frame.top + len(pixels)]
    assert (shown == shown[..., :1]).all()
    assert np.array_equal(shown[..., 0], display(empty.film))
