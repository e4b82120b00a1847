import numpy as np
import pytest

from data_folders import draw_film, draw_mask, make_siim, write_csv, write_image
from pleura.core.errors import DatasetError, InputNotFound
from pleura.core.rle import encode
from pleura.data.about import read_about
from pleura.data.siim import SiimTables, import_siim


def test_films_meet_their_rows_and_several_rows_are_merged(tmp_path):
    one, other = draw_mask(top=5), draw_mask(top=60)
    folder, _ = make_siim(tmp_path, [None, one])
    rows = [["f00", "-1"], ["f01", encode(one)], ["f01", encode(other)], ["absent", "-1"]]
    codes = write_csv(tmp_path / "codes.csv.gz", ["ImageId", " EncodedPixels"], rows)
    source = import_siim(folder, SiimTables(codes, size=96))
    assert [entry.id for entry in source.entries] == ["f00", "f01"]
    assert not source.entries[0].truth.mask((96, 96)).any()
    assert np.array_equal(source.entries[1].truth.mask((96, 96)), one | other)
    assert source.rows_without_film == 1
    assert "rows merged for 1 films" in source.notes[0]


def test_a_film_without_a_row_is_refused_by_name(tmp_path):
    folder, codes = make_siim(tmp_path, [None])
    write_image(folder / "extra.png", draw_film(9))
    with pytest.raises(DatasetError, match=r"extra\.png: has no row in codes\.csv"):
        import_siim(folder, SiimTables(codes))


def test_a_film_cannot_be_empty_and_not_empty(tmp_path):
    folder, _ = make_siim(tmp_path, [None])
    codes = write_csv(tmp_path / "c.csv", ["ImageId", "EncodedPixels"], [["f00", "-1"], ["f00", "1 2"]])
    with pytest.raises(DatasetError, match="row f00: both -1 and a code"):
        import_siim(folder, SiimTables(codes))


def test_two_films_of_one_name_are_refused(tmp_path):
    folder, codes = make_siim(tmp_path, [None])
    write_image(folder / "deeper" / "f00.jpg", draw_film(9))
    with pytest.raises(DatasetError, match=r"has the same id as .*f00"):
        import_siim(folder, SiimTables(codes))


def test_a_folder_without_films_is_refused(tmp_path):
    codes = write_csv(tmp_path / "c.csv", ["ImageId", "EncodedPixels"], [])
    (tmp_path / "films").mkdir()
    with pytest.raises(InputNotFound):
        import_siim(tmp_path / "films", SiimTables(codes))


def test_the_patient_map_goes_before_the_table_of_films(tmp_path):
    folder, codes = make_siim(tmp_path, [None, None])
    cases = write_csv(tmp_path / "cases.csv", ["image_id", "patient", "sex"], [["f00", "p", "M"], ["f01", "q", "F"]])
    patients = write_csv(tmp_path / "patients.csv", ["image_id", "patient"], [["f00", "r"]])
    source = import_siim(folder, SiimTables(codes, cases=cases, patients=patients))
    assert [(entry.about.patient, entry.about.sex) for entry in source.entries] == [("r", "M"), ("q", "F")]


def test_a_study_uid_keeps_its_last_number(shared_data):
    folder = shared_data / "labelled" / "images"
    source = import_siim(folder, SiimTables(shared_data / "siim_train_rle.csv.gz"))
    known, _ = read_about(shared_data / "labelled" / "index.csv")
    assert {entry.id for entry in source.entries} == known.keys()
    assert source.rows_without_film == 12047 - 74
