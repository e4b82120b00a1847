import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_folders import draw_mask, write_image
from pleura.core.errors import DatasetError
from pleura.core.rle import encode
from pleura.data.truth import CodeTruth, FileTruth, resize_mask


def test_rows_of_one_film_are_merged(tmp_path):
    one, other = draw_mask(64, 5, 5, 10), draw_mask(64, 10, 10, 20)
    truth = CodeTruth(tmp_path / "t.csv", "a", (encode(one), encode(other)), 64)
    assert np.array_equal(truth.mask((64, 64)), one | other)


def test_a_code_is_laid_over_a_smaller_film(tmp_path):
    truth = CodeTruth(tmp_path / "t.csv", "a", (encode(draw_mask(64, 8, 16, 24)),), 64)
    assert np.array_equal(truth.mask((32, 32)), draw_mask(32, 4, 8, 12))


def test_a_code_that_does_not_fit_names_table_and_row(tmp_path):
    truth = CodeTruth(tmp_path / "t.csv", "a", ("0 5000",), 64)
    with pytest.raises(DatasetError, match=r"t\.csv: row a.*--rle-size"):
        truth.mask((64, 64))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 9), st.integers(0, 9))
def test_resizing_keeps_the_area_within_its_border(height, width, top, left):
    mask = np.zeros((50, 50), dtype=np.bool_)
    mask[top : top + height, left : left + width] = True
    small = resize_mask(mask, (25, 25))
    assert abs(int(small.sum()) * 4 - int(mask.sum())) <= 2 * (height + width)


@pytest.mark.parametrize(("foreground", "kind"), [(1, np.uint8), (255, np.uint8), (65535, np.uint16)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_mask_file_may_be_written_in_each_usual_way(tmp_path, foreground, kind, channels):
    mask = draw_mask()
    pixels = mask.astype(kind) * kind(foreground)
    write_image(tmp_path / "m.png", np.dstack([pixels] * channels))
    assert np.array_equal(FileTruth(tmp_path / "m.png").mask(mask.shape), mask)


def broken(kind):
    pixels = draw_mask().astype(np.uint8) * 255
    if kind == "grey":
        return cv2.GaussianBlur(pixels, (9, 9), 3)
    if kind == "half":
        return pixels // 2
    return np.dstack([pixels, pixels, pixels * 0])


@pytest.mark.parametrize("kind", ["grey", "half", "coloured"])
def test_a_mask_that_is_not_binary_is_refused_by_name(tmp_path, kind):
    write_image(tmp_path / "m.png", broken(kind))
    with pytest.raises(DatasetError, match=r"m\.png: is not binary"):
        FileTruth(tmp_path / "m.png").mask((96, 96))


def test_a_mask_of_another_size_is_refused_by_name(tmp_path):
    write_image(tmp_path / "m.png", draw_mask(64).astype(np.uint8))
    with pytest.raises(DatasetError, match=r"m\.png: is 64 x 64 pixels, its film 96 x 96"):
        FileTruth(tmp_path / "m.png").mask((96, 96))


@pytest.mark.parametrize("content", [b"", b"no image"])
def test_a_mask_that_is_no_image_is_refused_by_name(tmp_path, content):
    (tmp_path / "m.png").write_bytes(content)
    with pytest.raises(DatasetError, match=r"m\.png: is no image"):
        FileTruth(tmp_path / "m.png").mask((96, 96))
