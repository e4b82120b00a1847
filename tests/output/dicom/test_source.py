"""The header of the film, read again."""

import copy
import warnings

import pytest

from dicom_findings import film_of
from dicom_maker import as_bytes, changed, film_values, make_dataset, sample, write
from findings import film as png_film
from pleura.image import read_film
from pleura.output.dicom.errors import NoDicomSource, SourceChanged
from pleura.output.dicom.source import read_refused, read_source
from pleura.output.dicom.uids import is_valid_uid


def source_of(tmp_path, drop=(), **tags):
    path = write(changed(make_dataset(film_values()), tags, drop), tmp_path / "film.dcm")
    return read_source(read_film(path).source)


def test_a_png_gives_no_patient_and_study_and_the_error_says_what_to_do():
    with pytest.raises(NoDicomSource, match=r"film.png: .*this is png \[dicom_source\]\. Give the film as DICOM"):
        read_source(png_film().source)


def test_a_file_that_changed_is_refused(tmp_path):
    path = write(make_dataset(film_values()), tmp_path / "film.dcm")
    source = read_film(path).source
    write(changed(make_dataset(film_values()), {"PatientID": "OTHER"}), path)
    with pytest.raises(SourceChanged, match=r"film\.dcm"):
        read_source(source)


def test_what_is_missing_is_there_and_empty(tmp_path):
    header = source_of(tmp_path, drop=("PatientID", "PatientName")).header
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
        assert header[keyword].value == ""


def test_uids_that_are_missing_are_derived_and_named(tmp_path):
    first, again = source_of(tmp_path), source_of(tmp_path)
    assert first.replaced == ("StudyInstanceUID", "SeriesInstanceUID")
    assert is_valid_uid(first.header.StudyInstanceUID)
    assert first.header.StudyInstanceUID == again.header.StudyInstanceUID
    assert first.header.StudyInstanceUID != first.header.SeriesInstanceUID


def test_values_that_are_not_valid_are_left_out_whole(tmp_path):
    header = source_of(tmp_path, AccessionNumber="A" * 17, PatientBirthDate="1964", PatientSex="X").header
    assert (header.AccessionNumber, header.PatientBirthDate, header.PatientSex) == ("", "", "")


@pytest.mark.parametrize("number", ["P" * 65, ["SECRET", "B"]])
def test_a_patient_whose_number_cannot_be_written_again_gets_no_result(number, tmp_path):
    """Without it a result would stand under another patient."""
    with pytest.raises(NoDicomSource, match=r"film.dcm: its PatientID is not valid") as caught:
        source_of(tmp_path, PatientID=number)
    assert "PPP" not in str(caught.value)
    assert "SECRET" not in str(caught.value)
    assert read_refused(tmp_path / "film.dcm") is None


def test_letters_of_a_number_that_its_character_set_lacks_make_no_other_patient(tmp_path):
    dataset = changed(make_dataset(film_values()), {"SpecificCharacterSet": "ISO_IR 192", "PatientID": "IDxSECRET"})
    path = tmp_path / "film.dcm"
    path.write_bytes(as_bytes(dataset).replace(b"IDxSECRET", b"ID\xffSECRET"))
    with pytest.raises(NoDicomSource, match="its PatientID is not valid"):
        read_source(read_film(path).source)


@pytest.mark.parametrize("uid", ["1.2.840.080.1", "9.2.840.1"])
def test_a_uid_that_breaks_the_rules_still_leads_to_its_study(uid, tmp_path):
    source = source_of(tmp_path, StudyInstanceUID=uid, SeriesInstanceUID=f"{uid}.1")
    assert (source.header.StudyInstanceUID, source.replaced) == (uid, ())


def test_the_real_film_without_uids_tells_which_it_lacks():
    film = film_of("8-bit secondary capture without UIDs")
    assert len(read_source(film.source).replaced) == 3


def test_a_header_is_no_reason_to_speak(tmp_path, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        source_of(tmp_path, PatientName="Secret^" + "x" * 80, AccessionNumber="S" * 40)
    assert "Secret" not in caplog.text


def test_a_refused_film_tells_its_patient_only_from_a_sound_header(tmp_path):
    source, sha256 = read_refused(sample("CT_small.dcm"))
    assert source.header.PatientID == "1CT1"
    assert len(sha256) == 64
    strange = make_dataset(film_values())
    strange.SOPClassUID = "1.2.3.4"
    assert read_refused(write(strange, tmp_path / "strange.dcm")) is None
    assert read_refused(tmp_path / "absent.dcm") is None


def test_a_deflated_header_of_a_refused_film_is_left_alone(tmp_path):
    deflated = copy.deepcopy(make_dataset(film_values()))
    deflated.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    assert read_refused(write(deflated, tmp_path / "film.dcm")) is None
