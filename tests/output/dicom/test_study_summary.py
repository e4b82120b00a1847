"""The summary of a study: every film stands in it, read or not, and it is standard."""

import io

import highdicom
from pydicom import dcmread

from dicom_findings import KINDS, assert_standard, order_of
from dicom_maker import changed, film_values, make_dataset, write
from findings import MODEL
from pleura.core.errors import Refusal, UnreadableImage
from pleura.image import read_film
from pleura.output.dicom.study import film_that_was_read, film_that_was_refused, summary_dicom

KIND = "12-bit digital radiography"


def refused(folder, **tags):
    path = write(changed(make_dataset(film_values()), {"ViewPosition": "LL", **tags}), folder / "lateral.dcm")
    try:
        read_film(path)
    except UnreadableImage as error:
        return error
    raise AssertionError("a lateral film was read")


def evaluated(content, folder):
    """Of the study and of every film: what is evaluated, by name."""
    (folder / "summary.dcm").write_bytes(content)
    groups = highdicom.sr.srread(folder / "summary.dcm").content.get_image_measurement_groups()
    return [
        {each.name.meaning: each.value.meaning for each in group.get_qualitative_evaluations()} for group in groups
    ]


def texts(content):
    return [each.value for each in dcmread(io.BytesIO(content)).iterall() if each.keyword == "TextValue"]


def test_a_summary_is_standard_for_every_kind_of_film(tmp_path):
    for kind in KINDS:
        for present in (True, False):
            film = film_that_was_read(order_of(kind, present=present))
            content = summary_dicom([film], (), MODEL)
            assert_standard(content, tmp_path)
            assert content == summary_dicom([film], (), MODEL)
            study, single = evaluated(content, tmp_path)
            word = "Present" if present else "Absent"
            assert (study["Pneumothorax"], single["Pneumothorax"]) == (word, word)


def test_a_film_that_was_refused_stands_beside_those_that_were_read(tmp_path):
    films = [film_that_was_read(order_of(KIND, present=False)), film_that_was_refused(refused(tmp_path))]
    content = summary_dicom(films, ["1.2.3"], MODEL)
    study, *others = evaluated(content, tmp_path)
    assert study == {"Summary of Detections": "Succeeded", "Pneumothorax": "Absent"}
    assert sorted(each["Summary of Detections"] for each in others) == ["Not Attempted", "Succeeded"]
    assert "Films of the study: 3, read: 1" in texts(content)
    assert "Not read: object 1.2.3, which did not come or cannot be parsed" in texts(content)


def test_a_study_of_refused_films_says_neither_present_nor_absent(tmp_path):
    content = summary_dicom([film_that_was_refused(refused(tmp_path))], (), MODEL)
    assert_standard(content, tmp_path)
    study, single = evaluated(content, tmp_path)
    assert study == single == {"Summary of Detections": "Not Attempted"}


def test_the_order_in_which_films_come_makes_no_difference():
    one, other = (film_that_was_read(order_of(kind)) for kind in list(KINDS)[2:])
    assert summary_dicom([one, other], ("1", "2"), MODEL) == summary_dicom([other, one], ("2", "1"), MODEL)


def test_another_result_of_a_film_is_another_summary():
    said = [
        summary_dicom([film_that_was_read(order_of(KIND, present=present))], (), MODEL) for present in (True, False)
    ]
    uids = [dcmread(io.BytesIO(content)).SOPInstanceUID for content in said]
    assert uids[0] != uids[1]


def test_without_a_sound_header_there_is_no_summary(tmp_path):
    error = UnreadableImage(tmp_path / "none.dcm", Refusal.MALFORMED, "x", "y")
    assert film_that_was_refused(error) is None
    assert summary_dicom([], ["1.2.3"], MODEL) is None
