import pytest

from data_folders import write_csv
from pleura.core.errors import DatasetError
from pleura.core.types import View
from pleura.data.about import read_about, read_patients
from pleura.data.entry import About

HEADER = ["image_id", "sex", "age", "view", "patient", "row_spacing_mm", "column_spacing_mm", "label"]


def test_every_column_is_taken_and_what_is_empty_is_unknown(tmp_path):
    rows = [["a", "female", "61.5", "AP Supine", "7", "0.3", "0.4", "pos"], ["b", "", "", "", "", "", "", ""]]
    found, notes = read_about(write_csv(tmp_path / "t.csv", HEADER, rows))
    assert found == {"a": About("7", View.AP, "F", 61.5, 0.3, 0.4), "b": About()}
    assert notes == ()


def test_a_header_spacing_is_never_a_length_and_the_record_hears_why(tmp_path):
    found, notes = read_about(write_csv(tmp_path / "t.csv", ["image_id", "pixel_spacing_mm"], [["a", "0.143"]]))
    assert found["a"] == About()
    assert "pixel_spacing_mm was not taken as a length" in notes[0]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(["a", "X", "", "", "", "", "", ""], "sex 'X'", id="sex"),
        pytest.param(["a", "", "old", "", "", "", "", ""], "age 'old' is no number", id="age"),
        pytest.param(["a", "", "-1", "", "", "", "", ""], "age '-1' is out of range", id="negative age"),
        pytest.param(["a", "", "nan", "", "", "", "", ""], "age 'nan' is out of range", id="age that is no number"),
        pytest.param(["a", "", "", "lateral", "", "", "", ""], "view 'lateral'", id="lateral"),
    ],
)
def test_a_value_that_cannot_be_understood_names_table_film_and_value(tmp_path, row, reason):
    with pytest.raises(DatasetError, match=rf"t\.csv: film a: {reason}"):
        read_about(write_csv(tmp_path / "t.csv", HEADER, [row]))


def test_a_film_listed_twice_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="lists film a twice"):
        read_about(write_csv(tmp_path / "t.csv", ["image_id"], [["a"], ["a"]]))


def test_a_table_without_ids_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="none of the columns image_id"):
        read_about(write_csv(tmp_path / "t.csv", ["name"], [["a"]]))


def test_patients_are_taken_as_given_or_out_of_chestxray14_names(tmp_path):
    plain = write_csv(tmp_path / "p.csv", ["image_id", "patient"], [["a", "x_1"]])
    mapped = write_csv(tmp_path / "n.csv.gz", ["Kaggle_ID", "NIH_ID"], [["a", "00028864_007.png"]])
    assert (read_patients(plain), read_patients(mapped)) == ({"a": "x_1"}, {"a": "00028864"})


def test_two_patients_of_one_film_are_refused_without_naming_them(tmp_path):
    path = write_csv(tmp_path / "p.csv", ["image_id", "patient"], [["a", "Doe"], ["a", "Roe"]])
    with pytest.raises(DatasetError, match="film a two patients") as caught:
        read_patients(path)
    assert "Doe" not in str(caught.value)
    assert "Roe" not in str(caught.value)
