import numpy as np
import pytest

from data_folders import SIDE, draw_film, draw_mask, make_siim, write_csv, write_image
from pleura.core.errors import DatasetError
from pleura.core.rle import encode
from pleura.core.types import View
from pleura.data.nih import NihTables, import_nih
from pleura.data.nih_table import read_nih
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.siim import SiimTables, import_siim

# As Data_Entry_2017.csv has it: a name of two columns broken at its comma, and an empty last column.
HEADER = [
    "Image Index", "Finding Labels", "Follow-up #", "Patient ID", "Patient Age", "Patient Gender", "View Position",
    "OriginalImage[Width", "Height]", "OriginalImagePixelSpacing[x", "y]", "",
]  # fmt: skip


def row(name="00000001_000.png", findings="No Finding", patient="1", age="58", size=("2992", "2447", "0.14", "0.14")):
    return [name, findings, "0", patient, age, "M", "PA", *size, ""]


def table(folder, *rows, header=HEADER):
    return write_csv(folder / "Data_Entry_2017.csv", header, rows)


ROWS = (
    row(),
    row("00000001_001.png", "Effusion|Pneumothorax", age="059Y"),
    row("00000002_000.png", "Pneumothorax", patient="2", age="414"),
)


def make_films(root, names=("00000001_000", "00000001_001", "00000002_000")):
    for seed, name in enumerate(names):
        write_image(root / "images_001" / "images" / f"{name}.png", draw_film(seed))
    return root


def test_the_table_tells_patient_view_sex_age_and_findings(tmp_path):
    found = read_nih(table(tmp_path, *ROWS, row("00000003_000.png", patient="3", age="006M")))
    about = found.about["00000001_001"]
    assert (about.patient, about.view, about.sex, about.age) == ("00000001", View.PA, "M", 59)
    assert found.findings["00000001_001"] == {"effusion", "pneumothorax"}
    assert (found.about["00000002_000"].age, found.about["00000003_000"].age) == (None, 0.5)
    assert "beyond 120 years taken as unknown: 1 rows" in found.notes[0]


def test_films_without_outlines_make_a_set_without_labels_with_the_original_s_lengths(tmp_path):
    source = import_nih(make_films(tmp_path / "nih"), NihTables(table(tmp_path, *ROWS, row("00000009_000.png"))))
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64))
    assert (dataset.record.labelled, dataset.record.rows_without_film) == (False, 1)
    assert dataset.record.counts.patients == 2
    case = dataset.cases[0]
    assert (case.row_mm, case.column_mm) == pytest.approx((2447 * 0.14 / SIDE, 2992 * 0.14 / SIDE))
    assert "name a pneumothorax on 2 of 3 films; they were not taken" in dataset.record.notes[0]


def test_films_of_an_implausible_size_have_no_lengths(tmp_path):
    tiny = row(size=("2992", "2447", "0.001", "0.001"))
    source = import_nih(make_films(tmp_path / "nih", ["00000001_000"]), NihTables(table(tmp_path, tiny)))
    assert prepare(source, tmp_path / "out", PreparePlan(side=64)).cases[0].row_mm is None


@pytest.mark.parametrize("mapped", [True, False])
def test_outlines_under_their_own_or_the_challenge_s_ids_label_the_films_that_they_are_of(tmp_path, mapped):
    ids = ["1.2.7", "1.2.8"] if mapped else ["00000001_000.png", "00000001_001.png"]
    codes = write_csv(
        tmp_path / "c.csv",
        ["ImageId", " EncodedPixels"],
        [[ids[0], encode(draw_mask())], [ids[1], "-1"], ["z", "-1"]],
    )
    names = write_csv(
        tmp_path / "m.csv", ["Kaggle_ID", "NIH_ID"], [["1.2.7", "00000001_000.png"], ["1.2.8", "00000001_001.png"]]
    )
    tables = NihTables(table(tmp_path, *ROWS), codes, SIDE, names if mapped else None)
    source = import_nih(make_films(tmp_path / "nih"), tables)
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64))
    assert [(case.id, case.present) for case in dataset.cases] == [("00000001_000", True), ("00000001_001", False)]
    assert np.array_equal(dataset.truth(0), draw_mask())
    assert dataset.record.labelled
    assert "1 films without a row were left out" in dataset.record.notes[0]
    assert "contradict the truth's presence on 2 of 2 films" in dataset.record.notes[1]


def test_the_table_serves_films_under_the_challenge_s_ids_by_the_map(tmp_path):
    folder, codes = make_siim(tmp_path, [None, draw_mask()])
    names = write_csv(tmp_path / "m.csv", ["Kaggle_ID", "NIH_ID"], [["f00", "00000001_001.png"]])
    tables = SiimTables(codes, SIDE, cases=table(tmp_path, *ROWS), patients=names)
    dataset = prepare(import_siim(folder, tables), tmp_path / "out", PreparePlan(side=64))
    known, unknown = dataset.cases
    assert (known.patient, known.age, known.view) == ("00000001", 59, View.PA)
    assert known.row_mm == pytest.approx(2447 * 0.14 / SIDE)
    assert not unknown.patient_known


def test_a_film_that_the_table_does_not_list_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"00000002_000\.png: has no row in Data_Entry_2017\.csv"):
        import_nih(make_films(tmp_path / "nih"), NihTables(table(tmp_path, *ROWS[:2])))


def test_outlines_of_other_films_are_refused_with_a_hint_at_the_map(tmp_path):
    codes = write_csv(tmp_path / "c.csv", ["ImageId", "EncodedPixels"], [["1.2.7", "-1"]])
    with pytest.raises(DatasetError, match=r"no row for any of the 3 films.*--map"):
        import_nih(make_films(tmp_path / "nih"), NihTables(table(tmp_path, *ROWS), codes))


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        pytest.param([["a", "00000001_000.png"], ["b", "00000001_000.png"]], "under two ids", id="two ids"),
        pytest.param(
            [["a", "00000001_000.png"], ["a", "00000001_001.png"]], "two patients|two ChestX", id="two files"
        ),
    ],
)
def test_a_map_that_is_not_one_to_one_is_refused(tmp_path, mapping, reason):
    codes = write_csv(tmp_path / "c.csv", ["ImageId", "EncodedPixels"], [["a", "-1"], ["b", "-1"]])
    names = write_csv(tmp_path / "m.csv", ["Kaggle_ID", "NIH_ID"], mapping)
    with pytest.raises(DatasetError, match=reason):
        import_nih(make_films(tmp_path / "nih"), NihTables(table(tmp_path, *ROWS), codes, names=names))


def test_a_map_without_files_is_refused(tmp_path):
    codes = write_csv(tmp_path / "c.csv", ["ImageId", "EncodedPixels"], [["a", "-1"]])
    names = write_csv(tmp_path / "m.csv", ["image_id", "patient"], [["a", "1"]])
    with pytest.raises(DatasetError, match="names no ChestX-ray14 file"):
        import_nih(make_films(tmp_path / "nih"), NihTables(table(tmp_path, *ROWS), codes, names=names))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param(row(patient="Doe"), "Patient ID is no number", id="patient"),
        pytest.param(row(age="old"), "'old' is no age", id="age"),
        pytest.param(row(size=("wide", "1", "1", "1")), "original size or spacing is no number", id="size"),
        pytest.param([*row()[:5], "X", *row()[6:]], "Patient Gender 'X'", id="sex"),
        pytest.param([*row()[:6], "LL", *row()[7:]], "View Position 'LL'", id="lateral"),
    ],
)
def test_a_value_that_cannot_be_understood_is_named_but_no_patient(tmp_path, bad, reason):
    with pytest.raises(DatasetError, match=rf"film 00000001_000: .*{reason}") as caught:
        read_nih(table(tmp_path, bad))
    assert "Doe" not in str(caught.value)


def test_a_film_listed_twice_or_a_table_without_patients_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="lists film 00000001_000 twice"):
        read_nih(table(tmp_path, row(), row()))
    with pytest.raises(DatasetError, match="no column 'Patient ID'"):
        read_nih(table(tmp_path, ["a", ""], header=["Image Index", "Finding Labels"]))
