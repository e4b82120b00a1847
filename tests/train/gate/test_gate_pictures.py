"""Pictures for the gate: each source is read whole, and what is missing is an error."""

import csv

import cv2
import numpy as np
import pytest

from dicom_maker import sample
from pleura.core.errors import DatasetError
from pleura.train.gate.pictures import (
    DICOM_SAMPLES,
    STORED_SIDE,
    dicom_pictures,
    other_pictures,
    photo_pictures,
)


def write_grey(path, value, side=100):
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((side, side + 20), value, np.uint8))
    return path


def write_index(folder, rows):
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("file", "modality", "view"), *rows])


def sound(picture):
    assert picture.pixels.shape == (STORED_SIDE, STORED_SIDE)
    assert picture.pixels.dtype == np.float32
    assert 0 <= picture.pixels.min() <= picture.pixels.max() <= 1 + 1e-6
    assert not picture.frontal


def test_laterals_and_slices_are_two_sources_grouped_by_patient(tmp_path):
    names = [("000001-9-b.png", "X-ray", "L"), ("000001-10.png", "X-ray", "L"), ("caseone_002.png", "CT", "Axial")]
    for name, *_ in names:
        write_grey(tmp_path / "images" / name, 51)
    write_index(tmp_path, names)
    pictures = other_pictures(tmp_path)
    for picture in pictures:
        sound(picture)
        np.testing.assert_allclose(picture.pixels, 0.2, atol=1e-6)
    assert [picture.source for picture in pictures] == ["lateral", "lateral", "ct"]
    assert pictures[2].group == "ct:caseone"


def test_a_picture_that_the_index_names_and_nobody_has_is_an_error(tmp_path):
    write_index(tmp_path, [("none.png", "CT", "Axial")])
    with pytest.raises(DatasetError, match=r"none\.png"):
        other_pictures(tmp_path)


def test_every_dicom_sample_is_there_and_in_range():
    sample("RG3_UNCR.dcm")
    pictures = dicom_pictures()
    assert len({picture.group for picture in pictures}) == len(DICOM_SAMPLES) == 20
    for picture in pictures:
        sound(picture)
        assert np.ptp(picture.pixels) > 0.3


def test_photos_leave_out_icons_and_need_one_at_least(tmp_path):
    write_grey(tmp_path / "photos" / "a.png", 9)
    write_grey(tmp_path / "photos" / "icon.png", 9, side=32)
    (tmp_path / "photos" / "notes.txt").write_text("no photo", encoding="utf-8")
    (picture,) = photo_pictures([tmp_path / "photos"])
    assert picture.group == "photo:a"
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no photo"):
        photo_pictures([tmp_path / "empty"])
