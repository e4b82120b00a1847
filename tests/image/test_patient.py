"""Age, posture, laterality and the way the picture lies, as the header tells them."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dicom_maker import as_bytes, changed, film_values, make_dataset, write
from pleura.core.types import Hanging, PatientFacts, Posture, Side
from pleura.image import read_film


def read(tmp_path, tags):
    return read_film(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))


def coded(value):
    item = Dataset()
    item.CodeValue = value
    return Sequence([item])


def test_a_header_without_them_says_nothing(tmp_path):
    film = read(tmp_path, {})
    assert (film.patient, film.hanging) == (PatientFacts(), Hanging.UNKNOWN)


@pytest.mark.parametrize(
    ("tags", "age"),
    [
        pytest.param({"PatientAge": "034Y"}, 34, id="years"),
        pytest.param({"PatientAge": "018M"}, 1.5, id="months"),
        pytest.param({"PatientAge": "026W"}, 0.4983, id="weeks"),
        pytest.param({"PatientAge": "010D"}, 0.0274, id="days"),
        pytest.param({"PatientBirthDate": "20000101", "StudyDate": "20180101"}, 18.0, id="dates"),
        pytest.param({"PatientBirthDate": "20000101", "StudyDate": "20171231"}, 17.0, id="day_before"),
        pytest.param({"PatientAge": "034Y", "PatientBirthDate": "20100101", "StudyDate": "20180102"}, 34, id="both"),
    ],
)
def test_age_is_in_years(tmp_path, tags, age):
    assert read(tmp_path, tags).patient.age == pytest.approx(age, abs=2e-3)


@pytest.mark.parametrize(
    "tags",
    [
        {"PatientAge": "412Y"},
        {"PatientBirthDate": "20000101"},
        {"PatientBirthDate": "20190101", "StudyDate": "20180101"},
        {"PatientBirthDate": "18000101", "StudyDate": "20180101"},
    ],
    ids=["too_old", "no_study_date", "born_later", "born_in_1800"],
)
def test_an_age_that_makes_no_sense_is_unknown(tmp_path, tags):
    assert read(tmp_path, tags).patient.age is None


@pytest.mark.parametrize("age", [b"34Y ", b"xx"])
def test_an_age_out_of_form_does_not_refuse_the_film(tmp_path, age):
    content = as_bytes(changed(make_dataset(film_values()), {"PatientAge": "034Y"}))
    path = tmp_path / "film.dcm"
    path.write_bytes(content.replace(b"034Y", age.ljust(4)))
    assert read_film(path).patient.age == (34 if age.strip() == b"34Y" else None)


@pytest.mark.parametrize(
    ("tags", "posture"),
    [
        pytest.param({"PatientPosition": "HFS"}, Posture.RECLINED, id="head_first_supine"),
        pytest.param({"PatientPosition": "FFDL"}, Posture.RECLINED, id="decubitus"),
        pytest.param({"PatientPosition": "ERECT"}, Posture.ERECT, id="erect"),
        pytest.param({"ViewPosition": "AP SUPINE"}, Posture.RECLINED, id="word_beside_the_view"),
        pytest.param({"ViewPosition": "PA"}, Posture.UNKNOWN, id="view_alone"),
        pytest.param({"PatientOrientationCodeSequence": coded("C86043")}, Posture.ERECT, id="erect_code"),
        pytest.param({"PatientOrientationCodeSequence": coded("102538003")}, Posture.RECLINED, id="recumbent_code"),
        pytest.param({"PatientOrientationCodeSequence": coded("F-10340")}, Posture.RECLINED, id="supine_old_code"),
    ],
)
def test_posture_comes_from_codes_and_words(tmp_path, tags, posture):
    assert read(tmp_path, tags).patient.posture is posture


def test_a_modifier_inside_the_orientation_is_heard(tmp_path):
    outer = coded("102538003")
    outer[0].CodeValue = "1"
    outer[0].PatientOrientationModifierCodeSequence = coded("40199007")
    assert read(tmp_path, {"PatientOrientationCodeSequence": outer}).patient.posture is Posture.RECLINED


@pytest.mark.parametrize(
    ("tags", "side"),
    [
        pytest.param({"Laterality": "R"}, Side.RIGHT, id="right"),
        pytest.param({"ImageLaterality": "L", "Laterality": "R"}, Side.LEFT, id="image_goes_first"),
        pytest.param({"ImageLaterality": "B"}, None, id="both"),
        pytest.param({"ImageLaterality": "U"}, None, id="unpaired"),
    ],
)
def test_laterality_names_one_side_or_none(tmp_path, tags, side):
    assert read(tmp_path, tags).patient.laterality is side


@pytest.mark.parametrize(
    ("axes", "hanging"),
    [
        pytest.param(["L", "F"], Hanging.USUAL, id="usual"),
        pytest.param(["R", "F"], Hanging.REVERSED, id="mirrored"),
        pytest.param(["R", "H"], Hanging.REVERSED, id="upside_down"),
        pytest.param(["F", "L"], Hanging.SIDEWAYS, id="on_its_side"),
    ],
)
def test_orientation_says_which_way_the_picture_lies(tmp_path, axes, hanging):
    assert read(tmp_path, {"PatientOrientation": axes}).hanging is hanging


def test_a_broken_tag_of_the_patient_does_not_refuse_the_film(tmp_path):
    dataset = changed(make_dataset(film_values()), {})
    dataset.add_new("PatientOrientationCodeSequence", "LO", "no sequence")
    assert read_film(write(dataset, tmp_path / "film.dcm")).patient.posture is Posture.UNKNOWN


def test_nothing_of_it_names_the_patient(tmp_path):
    tags = {"PatientBirthDate": "20000101", "StudyDate": "20180102"}
    patient = read(tmp_path, tags).patient
    assert "2000" not in repr(patient)
    assert "Secret" not in repr(patient)
