import cv2
import numpy as np
import pytest

from data_folders import write_image
from pleura.core.errors import DatasetError
from pleura.core.rle import encode
from pleura.evidence.prediction_source import MaskSource, open_sources
from pleura.evidence.prediction_table import Prediction, predictions_csv


@pytest.fixture
def case(dataset):
    return dataset.cases[1]


def _square(shape):
    mask = np.zeros(shape, dtype=np.bool_)
    mask[10:30, 20:50] = True
    return mask


@pytest.mark.parametrize("ending", [".png", ".mask.png"])
@pytest.mark.parametrize("value", [1, 7, 255])
def test_whatever_is_not_0_is_outline(tmp_path, case, ending, value):
    mask = _square((case.height, case.width))
    write_image(tmp_path / f"{case.id}{ending}", mask.astype(np.uint8) * value)
    (source,) = open_sources(tmp_path, None)
    np.testing.assert_array_equal(source.mask(case), mask)
    assert source.has(case)
    assert source.said(case) == Prediction(case.id)


def test_an_alpha_channel_is_no_outline(tmp_path, case):
    grey = np.repeat(_square((case.height, case.width))[..., None].astype(np.uint8) * 255, 4, axis=2)
    grey[..., 3] = 255
    write_image(tmp_path / f"{case.id}.png", grey)
    np.testing.assert_array_equal(MaskSource(tmp_path).mask(case), grey[..., 0] > 0)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((8, 8), np.uint8), "its film 96 x 80"),
        (np.arange(96 * 80, dtype=np.uint16).reshape(96, 80), "grey values and is no mask"),
        (np.dstack([np.zeros((96, 80), np.uint8), *2 * [np.ones((96, 80), np.uint8)]]), "coloured picture"),
    ],
    ids=["other_size", "probabilities", "overlay"],
)
def test_what_is_no_mask_of_the_film_is_refused(tmp_path, case, pixels, words):
    write_image(tmp_path / f"{case.id}.png", pixels)
    with pytest.raises(DatasetError, match=words):
        MaskSource(tmp_path).mask(case)


def test_a_broken_file_is_refused(tmp_path, case):
    (tmp_path / f"{case.id}.png").write_bytes(b"no picture")
    with pytest.raises(DatasetError, match="no image that can be decoded"):
        MaskSource(tmp_path).mask(case)


def test_several_codes_of_a_film_are_united(tmp_path, case):
    mask = _square((case.height, case.width))
    halves = mask.copy(), mask.copy()
    halves[0][:20], halves[1][20:] = False, False
    table = predictions_csv([Prediction(case.id, (encode(half),)) for half in halves])
    (tmp_path / "predictions.csv").write_bytes(table)
    (source,) = open_sources(tmp_path, None)
    np.testing.assert_array_equal(source.mask(case), mask)


def test_codes_drawn_on_a_square_are_laid_over_the_film(tmp_path, case):
    drawn = _square((160, 160))
    (tmp_path / "predictions.csv").write_bytes(predictions_csv([Prediction(case.id, (encode(drawn),))]))
    found = open_sources(tmp_path, 160)[0].mask(case)
    assert found.shape == (case.height, case.width)
    assert found.mean() == pytest.approx(drawn.mean(), rel=0.05)
    far = predictions_csv([Prediction(case.id, (f"{case.height * case.width} 9",))])
    (tmp_path / "predictions.csv").write_bytes(far)
    with pytest.raises(DatasetError, match="--rle-size"):
        open_sources(tmp_path, None)[0].mask(case)


def test_a_film_that_nothing_is_said_of_is_empty(tmp_path, case):
    cv2.imwrite(str(tmp_path / "other.png"), np.ones((4, 4), np.uint8))
    (source,) = open_sources(tmp_path, None)
    assert not source.has(case)
    assert source.mask(case).shape == (case.height, case.width)
    assert not source.mask(case).any()


def test_a_folder_without_outlines_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="neither"):
        open_sources(tmp_path, None)
    with pytest.raises(DatasetError, match="no folder"):
        open_sources(tmp_path / "nowhere", None)
