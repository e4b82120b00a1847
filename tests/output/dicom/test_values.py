"""Header values, fit to be written again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from pleura.output.dicom.values import character_set, clean_value, when


def holding(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        dataset.add_new(keyword, *value)
    return dataset


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize(
    ("keyword", "kind", "value", "clean"),
    [
        ("StudyDate", "DA", "19930224", "19930224"),
        ("StudyDate", "DA", "1993.02.24", "19930224"),
        ("StudyDate", "DA", "19931324", ""),
        ("StudyDate", "DA", "20260231", ""),
        ("StudyTime", "TM", "17:58:00", "175800"),
        ("TimezoneOffsetFromUTC", "SH", "-0400", "-0400"),
        ("TimezoneOffsetFromUTC", "SH", "CET", ""),
        ("StudyTime", "TM", "102105.000000", "102105.000000"),
        ("StudyTime", "TM", "2510", ""),
        ("AccessionNumber", "SH", "FUJI95714 ", "FUJI95714"),
        ("AccessionNumber", "SH", "A" * 17, ""),
        ("PatientAge", "AS", "064Y", "064Y"),
        ("PatientAge", "AS", "64", ""),
        ("PatientSex", "CS", "F", "F"),
        ("PatientSex", "CS", "X", ""),
        ("PatientID", "LO", ["1", "2"], ""),
    ],
)
def test_a_value_is_valid_or_empty(keyword, kind, value, clean):
    assert clean_value(holding(**{keyword: (kind, value)}), keyword) == clean


def test_the_day_is_that_of_the_exposure():
    exposure = {"AcquisitionDate": ("DA", "19950926"), "AcquisitionTime": ("TM", "1251")}
    assert when(holding(StudyDate=("DA", "20040826"), **exposure)) == ("19950926", "125100")
    dataset = holding(StudyDate=("DA", "20040826"), StudyTime=("TM", "185059.25"))
    assert when(dataset) == ("20040826", "185059")
    assert when(Dataset()) == ("19000101", "000000")


def test_a_character_set_is_the_films_or_one_that_can_be_written():
    assert character_set(Dataset()) == ()
    assert character_set(holding(SpecificCharacterSet=("CS", "ISO_IR 100"))) == ("ISO_IR 100",)
    assert character_set(holding(SpecificCharacterSet=("CS", ["", "ISO 2022 IR 87"]))) == ("", "ISO 2022 IR 87")
    assert character_set(holding(SpecificCharacterSet=("CS", "EBCDIC"))) == ("ISO_IR 192",)


@given(st.text(max_size=30))
def test_no_text_makes_a_date_that_is_none(text):
    dataset = Dataset()
    dataset.StudyDate = ""
    dataset["StudyDate"]._value = text
    clean = clean_value(dataset, "StudyDate")
    assert clean == "" or (len(clean) == 8 and clean.isdecimal())
