import numpy as np
import pytest

from data_folders import draw_mask, write_csv
from dicom_maker import changed, film_values, make_dataset, write
from pleura.core.errors import DatasetError
from pleura.core.rle import encode
from pleura.data.candid import import_candid
from pleura.data.known import AboutTables
from pleura.data.prepare import PreparePlan, prepare

UIDS = ("1.2.276.0.1", "1.2.276.0.2", "1.2.276.0.3")
HEADER = ["SOPInstanceUID", "filename", "EncodedPixels", "Report"]
MASK = draw_mask(1024, top=100, left=200, extent=300)
OTHER = draw_mask(1024, top=600, left=200, extent=100)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """DICOM films without a suffix, named by their UIDs, as CANDID-PTX has them."""
    folder = tmp_path_factory.mktemp("candid") / "dataset"
    folder.mkdir()
    for number, uid in enumerate(UIDS):
        values = np.roll(film_values(), 17 * number, axis=number % 2)
        write(changed(make_dataset(values), {"SOPInstanceUID": uid}), folder / uid)
    return folder


def table(folder, rows, header=HEADER):
    return write_csv(folder / "Pneumothorax_reports.csv", header, rows)


ROWS = [
    [UIDS[0], "P0001_a_b", encode(MASK), "Jane Doe has air."],
    [UIDS[0], "P0001_a_b", encode(OTHER), ""],
    [UIDS[1], "P0001_c_d", "-1", ""],
    [UIDS[2], "P0002_a_b", "-1", ""],
]


def test_films_meet_their_rows_and_patients_and_regions_are_merged(films, tmp_path):
    source = import_candid(films, table(tmp_path, [*ROWS, ["1.2.9", "P3_a", "-1", ""]]))
    assert [entry.id for entry in source.entries] == list(UIDS)
    assert [entry.about.patient for entry in source.entries] == ["P0001", "P0001", "P0002"]
    assert np.array_equal(source.entries[0].truth.mask((1024, 1024)), MASK | OTHER)
    assert source.rows_without_film == 1
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64))
    assert [case.present for case in dataset.cases] == [True, False, False]
    assert "Doe" not in (tmp_path / "out" / "dataset.json").read_text()
    assert dataset.cases[0].area == pytest.approx((MASK | OTHER).mean(), rel=0.05)


def test_undecided_films_and_films_of_two_patients_are_left_out_and_counted(films, tmp_path):
    rows = [ROWS[0], [UIDS[0], "P0009_a", "-1", ""], [UIDS[1], "P0001_c", "", ""], ROWS[3]]
    source = import_candid(films, table(tmp_path, rows))
    assert [entry.id for entry in source.entries] == [UIDS[2]]
    assert "1 films whose code is empty, 1 films that stand under several patients" in source.notes[0]


def test_the_tables_of_regions_alone_are_read_too_and_a_row_twice_counts_once(films, tmp_path):
    rows = [[uid, "-1"] for uid in (*UIDS, UIDS[0])]
    cases = write_csv(tmp_path / "cases.csv", ["image_id", "patient", "sex"], [[UIDS[0], "q", "F"]])
    source = import_candid(films, table(tmp_path, rows, ["anon_SOPUID", "mask_rle"]), AboutTables(cases))
    assert [entry.about.patient for entry in source.entries] == ["q", None, None]
    assert source.entries[0].about.sex == "F"
    assert not source.entries[0].truth.mask((96, 80)).any()


def test_a_film_without_a_row_is_refused(films, tmp_path):
    with pytest.raises(DatasetError, match=r"1\.2\.276\.0\.3: has no row in Pneumothorax_reports\.csv"):
        import_candid(films, table(tmp_path, ROWS[:3]))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        pytest.param([*ROWS, [UIDS[2], "P0002_a", encode(MASK), ""]], "both -1 and a code", id="both"),
        pytest.param([[UIDS[0], "P0001", "5 2000000", ""], *ROWS[2:]], "does not fit 1024 x 1024", id="length"),
        pytest.param([[UIDS[0], "P0001", "5 2 3", ""], *ROWS[2:]], "odd count", id="odd"),
    ],
)
def test_damaged_rows_are_named(films, tmp_path, rows, reason):
    with pytest.raises(DatasetError, match=rf"Pneumothorax_reports\.csv: row .*{reason}"):
        prepare(import_candid(films, table(tmp_path, rows)), tmp_path / "out", PreparePlan(side=64))


def test_a_table_without_codes_is_refused(films, tmp_path):
    with pytest.raises(DatasetError, match="none of the columns EncodedPixels, mask_rle"):
        import_candid(films, table(tmp_path, [[UIDS[0]]], ["SOPInstanceUID"]))
