import pytest

from data_folders import draw_film, write_csv, write_image
from pleura.core.errors import DatasetError
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan
from pleura.data.unlabelled import import_unlabelled


def films_in(folder, count=3):
    for seed in range(count):
        write_image(folder / f"{seed:08}_001.png", draw_film(seed))
    return folder


def prepared(tmp_path):
    source = import_unlabelled(films_in(tmp_path / "films"))
    return prepare(source, tmp_path / "data", PreparePlan(side=64, split=SplitPlan(all_as="train")))


def test_every_film_is_stored_and_none_counts_as_labelled(tmp_path):
    dataset = prepared(tmp_path)
    assert [case.id for case in dataset.cases] == ["00000000_001", "00000001_001", "00000002_001"]
    assert {case.split for case in dataset.cases} == {"train"}
    assert not dataset.record.labelled


def test_what_nobody_labelled_is_not_judged_on(tmp_path):
    with pytest.raises(DatasetError, match=r"data: has no labels.*--unlabelled"):
        prepared(tmp_path).need_truth()


def test_a_table_may_name_films_by_their_files(tmp_path):
    films_in(tmp_path / "films")
    write_csv(tmp_path / "index.csv", ["file", "patient", "view"], [["00000001_001.png", "7", "AP"]])
    entries = import_unlabelled(tmp_path / "films", tmp_path / "index.csv").entries
    assert [(entry.about.patient, entry.about.view) for entry in entries] == [
        (None, "unknown"),
        ("7", "AP"),
        (None, "unknown"),
    ]
