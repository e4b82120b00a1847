"""Everything that a DICOM header alone decides: refusals before decoding, and warnings."""

import re

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dicom_maker import as_bytes, changed, codes, film_values, make_dataset, write
from pleura.core.errors import UnreadableImage
from pleura.core.types import View
from pleura.image import read_film

IMAGE = "1.2.840.10008.5.1.4.1.1."


def of_class(uid):
    dataset = make_dataset(film_values())
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = uid
    return dataset


REFUSED = [
    ("size", {"Rows": 0}),
    ("size", {"Columns": 63}),
    ("size", {"Rows": 8193}),
    ("size", {"Rows": 60000, "Columns": 60000}),
    ("size", {"Rows": 400}),
    ("photometric", {"PhotometricInterpretation": "PALETTE COLOR"}),
    ("photometric", {"PhotometricInterpretation": "FANCY"}),
    ("photometric", {"PhotometricInterpretation": ""}),
    ("photometric", {"SamplesPerPixel": 3}),
    ("bits", {"BitsStored": 17}),
    ("bits", {"HighBit": 15}),
    ("bits", {"BitsAllocated": 32}),
    ("bits", {"BitsStored": 0}),
    ("multiframe", {"NumberOfFrames": 2}),
    ("multiframe", {"NumberOfFrames": 0}),
    ("multiframe", {"NumberOfFrames": -1}),
    ("malformed", {"NumberOfFrames": [1, 1]}),
    ("modality", {"Modality": "US"}),
    ("size", {"Rows": 100, "Columns": 401}),
    ("photometric", {"PhotometricInterpretation": "RGB"}),
    ("multiframe", {"NumberOfFrames": 2147483647}),
    ("malformed", {"PixelRepresentation": 2}),
    ("for_processing", {"PresentationIntentType": "FOR PROCESSING"}),
    ("modality", {"Modality": "CT"}),
    ("modality", {"Modality": "MG"}),
    ("view", {"ViewPosition": "LL"}),
    ("view", {"ViewPosition": "LATERAL"}),
    ("view", {"ViewPosition": "RAO"}),
    ("view", {"BodyPartExamined": "HAND"}),
    ("view", {"PatientOrientation": ["A", "F"]}),
    ("pixel_length", {"PixelData": b""}),
    ("pixel_length", {"PixelData": b"\x01\x02" * 4000}),
    ("pixel_length", {"PixelData": b"\x01\x02" * 8000}),
]


@pytest.mark.parametrize(("code", "tags"), REFUSED)
def test_a_header_that_says_so_is_refused(tmp_path, code, tags):
    path = write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm")
    with pytest.raises(UnreadableImage) as refusal:
        read_film(path)
    assert refusal.value.code == code
    assert "film.dcm" in str(refusal.value)
    assert "secret" not in str(refusal.value).lower()
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("size", "Rows"),
        ("photometric", "PhotometricInterpretation"),
        ("bits", "HighBit"),
        ("no_image", "PixelData"),
    ],
)
def test_a_header_that_lacks_what_it_must_have_is_refused(tmp_path, code, missing):
    path = write(changed(make_dataset(film_values()), {}, [missing]), tmp_path / "film.dcm")
    with pytest.raises(UnreadableImage) as refusal:
        read_film(path)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("code", "uid"),
    [
        pytest.param("modality", IMAGE + "2", id="ct"),
        pytest.param("modality", IMAGE + "4", id="mr"),
        pytest.param("for_processing", IMAGE + "1.1.1", id="dx_for_processing"),
    ],
)
def test_other_classes_of_picture_are_refused(tmp_path, code, uid):
    with pytest.raises(UnreadableImage) as refusal:
        read_film(write(of_class(uid), tmp_path / "film.dcm"))
    assert refusal.value.code == code


@pytest.mark.parametrize("uid", [IMAGE + "88.11", IMAGE + "104.1", IMAGE + "11.1"])
def test_reports_documents_and_presentation_states_hold_no_image(tmp_path, uid):
    dataset = changed(of_class(uid), {}, ["PixelData"])
    with pytest.raises(UnreadableImage, match="no_image"):
        read_film(write(dataset, tmp_path / "report.dcm"))


@pytest.mark.parametrize("keyword", ["Rows", "BitsStored", "PixelRepresentation", "PixelSpacing"])
def test_a_wrong_value_representation_is_malformed(tmp_path, keyword):
    dataset = make_dataset(film_values())
    del dataset[keyword]
    dataset.add_new(keyword, "LO", "many")
    with pytest.raises(UnreadableImage, match="malformed"):
        read_film(write(dataset, tmp_path / "film.dcm"))


@pytest.mark.parametrize(
    ("note", "tags"),
    [
        ("modality_unknown", {"Modality": "OT"}),
        ("modality_unknown", {"Modality": ""}),
        ("body_part_unknown", {"BodyPartExamined": ""}),
        ("view_unknown", {"ViewPosition": ""}),
        ("spacing_implausible", {"PixelSpacing": [0.143, 0.143]}),
        ("spacing_implausible", {"PixelSpacing": [4.0, 40.0]}),
        ("spacing_unknown", {"PixelSpacing": [0, 0]}),
        ("spacing_unknown", {"PixelSpacing": [4.0]}),
        ("spacing_unknown", {"PixelSpacing": ["nan", 4.0]}),
        ("spacing_at_detector", {"PixelSpacing": [0, 0], "ImagerPixelSpacing": [4.0, 4.0]}),
    ],
)
def test_what_is_doubtful_is_read_with_a_warning(tmp_path, note, tags):
    film = read_film(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))
    assert codes(film) == [note]
    assert (film.spacing is None) == (note in ("spacing_implausible", "spacing_unknown"))


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        pytest.param(["R", "F"], "is mirrored", id="mirrored"),
        pytest.param(["R", "H"], "stands on its head\\.", id="half_a_turn"),
        pytest.param(["L", "H"], "stands on its head and is mirrored", id="upside_down"),
        pytest.param(["F", "R"], "lies on its side", id="quarter_turn"),
        pytest.param(["H", "L"], "lies on its side", id="other_quarter_turn"),
        pytest.param(["RF", "FL"], "is mirrored", id="tilted"),
    ],
)
def test_a_film_that_lies_wrongly_is_read_as_it_is_with_a_warning(tmp_path, axes, words):
    path = write(changed(make_dataset(film_values()), {"PatientOrientation": axes}), tmp_path / "film.dcm")
    film = read_film(path)
    assert codes(film) == ["orientation"]
    assert re.search(words, film.notes[0].text)
    np.testing.assert_array_equal(film.pixels, film_values() / np.float32(4095))


def test_one_frame_by_name_is_one_film(tmp_path):
    film = read_film(write(changed(make_dataset(film_values()), {"NumberOfFrames": 1}), tmp_path / "film.dcm"))
    assert not film.notes


def test_a_sound_film_is_read_without_a_warning(tmp_path):
    tags = {"PixelSpacing": [3.5, 4.5], "PatientOrientation": ["L", "F"]}
    film = read_film(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))
    assert not film.notes
    assert (film.spacing.row_mm, film.spacing.column_mm) == (3.5, 4.5)
    assert film.view is View.PA
    assert film.bits == 12


@pytest.mark.parametrize(("code", "view"), [("399348003", View.AP), ("R-10214", View.PA)])
def test_the_view_is_also_found_as_a_code(tmp_path, code, view):
    item = Dataset()
    item.CodeValue = code
    tags = {"ViewPosition": "", "ViewCodeSequence": Sequence([item])}
    film = read_film(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))
    assert film.view is view


def test_a_lateral_view_code_is_refused(tmp_path):
    item = Dataset()
    item.CodeValue = "399067008"
    tags = {"ViewPosition": "", "ViewCodeSequence": Sequence([item])}
    with pytest.raises(UnreadableImage, match="view"):
        read_film(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))


def test_a_class_that_its_file_meta_contradicts_is_refused(tmp_path):
    content = as_bytes(make_dataset(film_values()))
    path = tmp_path / "film.dcm"
    # The same length, so that no other byte moves: CR becomes CT in the file meta information alone.
    path.write_bytes(content.replace(IMAGE.encode() + b"1\0", IMAGE.encode() + b"2\0", 1))
    with pytest.raises(UnreadableImage, match="disagree"):
        read_film(path)


def test_odd_values_reach_no_log_and_no_warning(tmp_path, caplog):
    dataset = changed(make_dataset(film_values()), {"WindowCenter": "nan", "WindowWidth": 900})
    path = write(dataset, tmp_path / "film.dcm")
    caplog.clear()
    assert codes(read_film(path)) == ["voi_ignored"]
    assert not caplog.records


def test_padding_after_the_pixels_is_left_out_with_a_warning(tmp_path):
    dataset = make_dataset(film_values())
    dataset.PixelData += b"\0" * 64
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert codes(film) == ["pixel_padding"]
