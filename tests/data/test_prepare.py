import json

import cv2
import numpy as np
import pytest

from data_folders import SIDE, draw_film, draw_mask, make_pairs, make_ptx498, make_siim, write_csv, write_image
from pleura.core.errors import DatasetError, UnreadableImage
from pleura.data import load_dataset
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.ptx498 import import_ptx498
from pleura.data.siim import SiimTables, import_siim
from pleura.data.splits import SplitPlan

TEST = SplitPlan(all_as="test")


def prepare_siim(root, masks, plan=None, cases=None):
    folder, codes = make_siim(root, masks)
    source = import_siim(folder, SiimTables(codes, size=SIDE, cases=cases))
    return prepare(source, root / "out", plan or PreparePlan(side=64, split=TEST))


def test_pixels_and_truth_survive_the_trip(tmp_path):
    mask = draw_mask()
    dataset = prepare_siim(tmp_path, [None, mask], PreparePlan(side=SIDE, split=TEST))
    assert np.array_equal(dataset.images[1], draw_film(1))
    assert np.array_equal(dataset.mask(1), mask)
    assert np.array_equal(dataset.truth(1), mask)
    assert [case.present for case in dataset.cases] == [False, True]
    assert dataset.cases[1].area == pytest.approx(mask.mean())
    assert np.array_equal(cv2.imread(str(dataset.film_path(1)), cv2.IMREAD_GRAYSCALE), draw_film(1))


def test_the_stored_grid_may_be_smaller_than_the_film(tmp_path):
    dataset = prepare_siim(tmp_path, [draw_mask()])
    expected = cv2.resize(draw_film(0), (64, 64), interpolation=cv2.INTER_AREA)
    assert dataset.images.shape == (1, 64, 64)
    assert dataset.packed.shape == (1, 64, 8)
    assert np.abs(dataset.images[0].astype(int) - expected).max() <= 1
    assert dataset.mask(0).sum() == pytest.approx(draw_mask().sum() * (64 / SIDE) ** 2, rel=0.1)
    assert dataset.truth(0).shape == (SIDE, SIDE)


def test_what_a_table_says_stands_in_the_cases(tmp_path):
    header = ["image_id", "sex", "age", "view", "patient", "row_spacing_mm", "column_spacing_mm"]
    rows = [["f00", "M", "40", "PA", "p1", "3.5", "4.0"], ["f01", "F", "", "AP", "", "0.2", "0.2"]]
    dataset = prepare_siim(tmp_path, [None, None, None], cases=write_csv(tmp_path / "cases.csv", header, rows))
    one, small, bare = dataset.cases
    assert (one.patient, one.sex, one.age, one.view, one.row_mm, one.column_mm) == ("p1", "M", 40.0, "PA", 3.5, 4.0)
    assert (small.patient, small.age, small.row_mm) == ("group:f01", None, None)
    assert (bare.patient, bare.sex, bare.view, bare.patient_known) == ("group:f02", "unknown", "unknown", False)
    assert dataset.record.unknown == {"patient": 2, "view": 1, "sex": 1, "age": 2, "spacing": 2, "site": 3}
    assert "patients may stand on both sides" in dataset.record.notes[-1]


def test_the_same_source_gives_the_same_hash_and_another_truth_another(tmp_path):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
    hashes = [
        prepare_siim(tmp_path / name, [None, mask]).record.sha256
        for name, mask in (("a", draw_mask()), ("b", draw_mask()), ("c", draw_mask(top=11)))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


def test_copies_of_a_film_stand_in_one_split(tmp_path):
    make_siim(tmp_path, [None] * 12)
    for index in range(6, 12):
        write_image(tmp_path / "films" / f"f{index:02}.png", draw_film(index - 6))
    source = import_siim(tmp_path / "films", SiimTables(tmp_path / "codes.csv"))
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64, split=SplitPlan(val=0.4)))
    splits = {case.id: case.split for case in dataset.cases}
    assert all(splits[f"f{index:02}"] == splits[f"f{index + 6:02}"] for index in range(6))
    assert set(splits.values()) == {"train", "val"}
    assert dataset.record.counts.patients == 6


def test_straddling_films_are_left_out_of_the_arrays_and_recorded(tmp_path):
    make_siim(tmp_path, [None, draw_mask(), None])
    write_image(tmp_path / "films" / "f00.png", draw_film(2))
    source = import_siim(tmp_path / "films", SiimTables(tmp_path / "codes.csv", size=SIDE))
    given = frozenset({"f02"})
    with pytest.raises(DatasetError, match="f00"):
        prepare(source, tmp_path / "out", PreparePlan(side=SIDE, split=SplitPlan(val_ids=given)))
    plan = PreparePlan(side=SIDE, split=SplitPlan(val_ids=given, drop_straddling=True))
    dataset = prepare(source, tmp_path / "out", plan)
    assert [(case.id, case.split) for case in dataset.cases] == [("f01", "train"), ("f02", "val")]
    assert np.array_equal(dataset.images, [draw_film(1), draw_film(2)])
    assert np.array_equal(dataset.mask(0), draw_mask())
    assert [film.id for film in dataset.record.left_out] == ["f00"]


def test_a_refused_film_stops_the_import_or_is_left_out_on_request(tmp_path):
    make_siim(tmp_path, [None, None])
    (tmp_path / "films" / "f00.png").write_bytes(b"no film")
    source = import_siim(tmp_path / "films", SiimTables(tmp_path / "codes.csv"))
    with pytest.raises(UnreadableImage, match="f00"):
        prepare(source, tmp_path / "out", PreparePlan(side=64, split=TEST))
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64, split=TEST, skip_refused=True))
    assert [case.id for case in dataset.cases] == ["f01"]
    assert dataset.record.left_out[0].id == "f00"
    assert "not_an_image" in dataset.record.left_out[0].reason


def test_a_set_of_refused_films_only_is_refused(tmp_path):
    make_siim(tmp_path, [None])
    (tmp_path / "films" / "f00.png").write_bytes(b"no film")
    source = import_siim(tmp_path / "films", SiimTables(tmp_path / "codes.csv"))
    with pytest.raises(DatasetError, match="no film that can be read"):
        prepare(source, tmp_path / "out", PreparePlan(side=64, split=TEST, skip_refused=True))


def test_a_failed_import_leaves_nothing_behind(tmp_path):
    make_pairs(tmp_path / "set")
    write_image(tmp_path / "set" / "png_masks" / "3_train_1_.png", draw_mask(64).astype(np.uint8))
    with pytest.raises(DatasetError, match=r"3_train_1_\.png: is 64 x 64"):
        prepare(import_pairs(tmp_path / "set"), tmp_path / "out" / "new", PreparePlan(side=64))
    assert list((tmp_path / "out").iterdir()) == []


def test_an_interrupted_import_leaves_nothing_behind(tmp_path):
    def interrupt(entries):
        yield entries[0]
        raise KeyboardInterrupt

    source = import_pairs(make_pairs(tmp_path / "set"))
    with pytest.raises(KeyboardInterrupt):
        prepare(source, tmp_path / "out" / "new", PreparePlan(side=64), watch=interrupt)
    assert list((tmp_path / "out").iterdir()) == []


def test_an_existing_folder_is_never_overwritten(tmp_path):
    source = import_pairs(make_pairs(tmp_path / "set"))
    (tmp_path / "out").mkdir()
    with pytest.raises(DatasetError, match="out: exists already"):
        prepare(source, tmp_path / "out", PreparePlan(side=64))


@pytest.mark.parametrize("side", [0, 100, -32])
def test_an_impossible_side_is_refused(side):
    with pytest.raises(DatasetError, match="no multiple of 32"):
        PreparePlan(side=side)


def test_ptx498_keeps_its_sites(tmp_path):
    source = import_ptx498(make_ptx498(tmp_path / "set"))
    dataset = prepare(source, tmp_path / "out", PreparePlan(side=64, split=TEST))
    assert [case.site for case in dataset.cases] == ["SiteA"] * 2 + ["SiteB"] * 2 + ["SiteC"] * 2
    assert dataset.film_path(0) == (tmp_path / "set" / "SiteA" / "1.1.img.png").resolve()


def test_real_films_of_several_formats_and_sizes_import_alike(tmp_path, shared_data):
    name = sorted((shared_data / "dicom" / "stage2").glob("*.dcm"))[0].stem
    codes = shared_data / "stage2" / "pseudo_masks.csv.gz"
    images = []
    for film in (
        shared_data / "dicom" / "stage2" / f"{name}.dcm",
        shared_data / "stage2" / "images" / f"{name}.webp",
    ):
        folder = tmp_path / film.suffix[1:]
        folder.mkdir()
        (folder / film.name).write_bytes(film.read_bytes())
        source = import_siim(folder, SiimTables(codes))
        dataset = prepare(source, tmp_path / f"out{film.suffix}", PreparePlan(side=256, split=TEST))
        assert dataset.cases[0].row_mm is None
        images.append(dataset.images[0].astype(int))
    assert np.abs(images[0] - images[1]).mean() < 1.5


def change_record(folder, changes):
    path = folder / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    dataset = prepare_siim(tmp_path, [None, draw_mask()])
    folder = dataset.folder
    load_dataset(folder).verify()
    change_record(folder, {"side": 96})
    with pytest.raises(DatasetError, match=r"images\.npy: is uint8"):
        load_dataset(folder)
    change_record(folder, {"side": 64, "unheard": 1})
    with pytest.raises(DatasetError, match=r"dataset\.json: unheard"):
        load_dataset(folder)


def test_a_changed_table_is_refused_at_once_and_changed_pixels_by_verify(tmp_path):
    folder = prepare_siim(tmp_path, [None, draw_mask()]).folder
    pixels = np.load(folder / "images.npy", mmap_mode="r+")
    pixels[0, 0, 0] ^= 1
    pixels.flush()
    with pytest.raises(DatasetError, match=r"images\.npy: was changed"):
        load_dataset(folder).verify()
    (folder / "cases.csv").write_text((folder / "cases.csv").read_text().replace("test", "train"))
    with pytest.raises(DatasetError, match=r"cases\.csv: was changed"):
        load_dataset(folder)


def test_a_folder_that_is_no_data_set_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="is no data set"):
        load_dataset(tmp_path)


def test_indices_name_the_films_of_a_split(tmp_path):
    plan = PreparePlan(side=64, split=SplitPlan(val_ids=frozenset({"f01"})))
    dataset = prepare_siim(tmp_path, [None, draw_mask(), None], plan)
    assert [dataset.indices(split).tolist() for split in ("train", "val", "test")] == [[0, 2], [1], []]
    assert len(dataset) == 3
