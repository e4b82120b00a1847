import cv2
import numpy as np
import torch

from pleura.train.preview import write_preview
from pleura.train.resident import Pool, make_resident
from tiny import smoke

STILL = {"augmentation__warp__flip": 0.0, "augmentation__warp__affine": 0.0, "augmentation__warp__distort": 0.0}


def sheet_of(tiny_data, folder, recipe):
    films = make_resident(Pool(tiny_data, tiny_data.indices("train")), recipe, 64, torch.device("cpu"), folder)
    write_preview(folder / "sheet.png", films, recipe)
    sheet = cv2.imread(str(folder / "sheet.png"))
    height, width = sheet.shape[0] // 4, sheet.shape[1] // 7
    return sheet.reshape(4, height, 7, width, 3).swapaxes(1, 2)


def test_a_row_shows_a_film_as_it_is_and_then_as_drawn(tiny_data, tmp_path):
    sheet = sheet_of(tiny_data, tmp_path, smoke())
    for row in sheet:  # now and then a draw changes nothing
        assert sum(not np.array_equal(row[0], drawn) for drawn in row[1:]) >= 3


def test_without_augmentation_every_drawing_is_the_film_itself(tiny_data, tmp_path):
    sheet = sheet_of(tiny_data, tmp_path, smoke(**STILL, augmentation__tone__chance=0.0))
    assert all(np.abs(row[0].astype(int) - drawn).max() <= 1 for row in sheet for drawn in row[1:])


def test_the_mask_is_outlined_in_colour(tiny_data, tmp_path):
    sheet = sheet_of(tiny_data, tmp_path, smoke())
    coloured = np.ptp(sheet.astype(int), axis=-1).max(axis=(2, 3))
    assert (coloured[:, 0] > 50).all()


def test_the_sheet_shows_what_training_will_draw(tiny_data, tmp_path):
    again = (tmp_path / "again", tmp_path / "other")
    for folder in again:
        folder.mkdir()
    first = sheet_of(tiny_data, tmp_path, smoke())
    assert np.array_equal(first, sheet_of(tiny_data, again[0], smoke()))
    assert not np.array_equal(first, sheet_of(tiny_data, again[1], smoke(seed=8)))
