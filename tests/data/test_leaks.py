from dataclasses import replace

import cv2
import numpy as np
import pytest

from data_folders import draw_film, make_siim, write_image
from pleura.core.errors import DatasetError
from pleura.data import load_dataset
from pleura.data.leaks import find_leaks
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.siim import SiimTables, import_siim
from pleura.data.splits import SplitPlan
from pleura.data.unlabelled import import_unlabelled

PLAN = PreparePlan(side=64, split=SplitPlan(all_as="train"))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    films, codes = make_siim(folder, [None] * 4)
    return prepare(import_siim(films, SiimTables(codes)), folder / "own", PLAN)


def other_set(folder, films):
    for name, film in films.items():
        write_image(folder / "films" / f"{name}.png", film)
    return prepare(import_unlabelled(folder / "films"), folder / "other", PLAN)


def recoded(seed):
    return cv2.resize(np.rint(draw_film(seed) * 0.9 + 9).astype(np.uint8), (120, 120))


def test_each_way_is_found_and_strangers_are_not(own, tmp_path):
    films = {"copy": draw_film(0), "recoded": recoded(1), "f02": draw_film(12), "alone": draw_film(13)}
    (crossing,) = find_leaks([own, other_set(tmp_path, films)])
    found = {(leak.first.id, leak.second.id): leak.ways for leak in crossing.leaks}
    assert found == {("f00", "copy"): ("file", "picture"), ("f02", "f02"): ("id",), ("f01", "recoded"): ("picture",)}
    assert [leak.ways[0] for leak in crossing.leaks] == ["file", "id", "picture"]
    assert (crossing.first, crossing.second, len(crossing.likely)) == ("own", "other", 3)
    assert crossing.films("picture") == (2, 2)
    assert crossing.splits == ({"train": 3}, {"train": 3})


def test_known_patients_are_compared_and_stand_ins_are_not(own, tmp_path):
    other = other_set(tmp_path, {"x": draw_film(20), "y": draw_film(21)})
    stand_in = replace(other.cases[1], patient=own.cases[1].patient)
    apart = replace(other, cases=(replace(other.cases[0], patient="7"), stand_in))
    known = replace(own, cases=tuple(replace(case, patient="7") if case.id == "f03" else case for case in own.cases))
    (crossing,) = find_leaks([known, apart])
    assert [(leak.first.id, leak.second.id, leak.ways) for leak in crossing.leaks] == [("f03", "x", ("patient",))]
    assert crossing.patients == 1


def test_a_mere_resemblance_is_listed_but_is_no_likely_leak(own, tmp_path):
    strange = draw_film(2).astype(np.float32)
    strange += np.linspace(-90, 110, len(strange))[:, None]
    (crossing,) = find_leaks([own, other_set(tmp_path, {"x": strange.clip(0, 255).astype(np.uint8)})])
    assert [leak.ways for leak in crossing.leaks] == [("resembles",)]
    assert crossing.likely == ()
    assert crossing.leaks[0].correlation < 0.9


def test_every_two_sets_are_compared(own, tmp_path):
    one = other_set(tmp_path / "1", {"a": draw_film(31)})
    two = other_set(tmp_path / "2", {"b": draw_film(31)})
    crossings = find_leaks([own, one, two])
    assert [len(crossing.likely) for crossing in crossings] == [0, 0, 1]
    # Folders of one name are told apart by their paths.
    assert (crossings[2].first, crossings[2].second) == (str(one.folder), str(two.folder))


def test_one_set_or_a_set_twice_is_refused(own):
    for sets in ([own], [own, load_dataset(own.folder)]):
        with pytest.raises(DatasetError, match="two or more different data sets"):
            find_leaks(sets)
