"""Text on a picture."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pleura.core.lettering import Letters

LETTERS = Letters(14, (255, 255, 255))


def drawn(text):
    picture = Image.new("RGB", (300, 40))
    LETTERS.draw(ImageDraw.Draw(picture), (10, 10), text)
    return np.asarray(picture)


@given(st.text(max_size=80), st.integers(20, 300))
def test_wrapped_lines_fit_and_are_at_most_two(text, width):
    lines = LETTERS.wrap(text, width, 2)
    assert 1 <= len(lines) <= 2
    assert all(LETTERS.width(line) <= width for line in lines)


def test_what_is_cut_off_is_marked():
    assert LETTERS.wrap("a word " * 40, 120, 2)[-1].endswith("...")


def test_what_fits_is_left_alone():
    assert LETTERS.wrap("Patient's left: 3.2 cm²", 300, 2) == ["Patient's left: 3.2 cm²"]


def test_the_raised_two_is_drawn_small():
    raised, full = drawn("cm²"), drawn("cm2")
    assert raised.any()
    assert LETTERS.width("cm") < LETTERS.width("cm²") < LETTERS.width("cm2")
    assert not np.array_equal(raised, full)


def test_width_is_where_the_ink_ends():
    columns = np.nonzero(drawn("Pneumothorax").any(axis=(0, 2)))[0]
    assert abs(columns[-1] - 10 - LETTERS.width("Pneumothorax")) <= 2


@pytest.mark.parametrize("text", ["Patient's left: 3.2 cm²", ", j"])
def test_a_stamped_line_is_the_drawn_one_also_the_second_time(text):
    for _ in range(2):
        picture = Image.new("RGB", (300, 40))
        LETTERS.stamp(ImageDraw.Draw(picture), (10.4, 9.8), text)
        np.testing.assert_allclose(np.asarray(picture), drawn(text), atol=1)
