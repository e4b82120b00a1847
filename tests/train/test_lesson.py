from dataclasses import replace

import numpy as np
import pytest

from discs import make_discs
from models import make_model
from pleura.core.errors import DatasetError
from pleura.core.files import sha256_of
from pleura.data.splits import SplitPlan
from pleura.predict import Predictor
from pleura.runtime import EngineChoice
from pleura.train.lesson import learn_from
from pleura.train.pseudo import Filter, Teacher, pseudo
from pleura.train.soft import FILMS, MAPS, RECORD, films_csv, load_soft

CHOICE = EngineChoice(engine="onnxruntime", precision="float32", device="cpu", threads=1)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    source = make_model(tmp_path_factory.mktemp("model") / "bright.onnx")
    return Teacher(source, Predictor(source, CHOICE))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("own"), 12)


@pytest.fixture(scope="module")
def own(teacher, dataset):
    """Soft targets of the very data set that is trained on."""
    return pseudo(teacher, dataset, np.arange(len(dataset)), Filter(0.0), dataset.folder.parent / "soft").folder


def lesson_of(folder, dataset, share=1.0):
    return learn_from(folder, share, dataset, dataset.indices("train"), dataset.indices("val"))


def test_films_that_are_trained_on_get_their_map(dataset, own):
    lesson = lesson_of(own, dataset)
    train = dataset.indices("train")
    assert [lesson.soft.films[row].id for row in lesson.rows] == [dataset.cases[index].id for index in train]
    assert lesson.added.size == 0


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_target_is_a_share_of_the_map_and_the_rest_of_the_mask(dataset, own, share):
    lesson = lesson_of(own, dataset, share)
    mask = np.full((64, 64), 0.5, dtype=np.float32)
    expected = share * lesson.soft.maps[lesson.rows[2]] / 255 + (1 - share) * 0.5
    assert np.allclose(lesson.mix(2, lambda: mask, lambda soft: soft), expected)


def test_the_teacher_s_word_on_a_label_counts_by_its_share(dataset, own):
    lesson = lesson_of(own, dataset, share=0.25)
    said = np.array([lesson.soft.films[row].label for row in lesson.rows])
    truth = np.zeros(len(said), dtype=np.float32)
    assert np.allclose(lesson.labels(truth), 0.25 * said)
    assert np.allclose(lesson.labels(truth + 1), 0.25 * said + 0.75)
    assert np.array_equal(lesson.present(truth > 0), truth > 0)


def test_a_film_that_the_filter_refused_keeps_its_mask(dataset, own, tmp_path):
    lesson = lesson_of(own, dataset)
    name = lesson.soft.films[int(lesson.rows[0])].id
    kept = [film if film.id != name else replace(film, kept=False) for film in lesson.soft.films]
    other = lesson_of(rewritten(own, tmp_path / "soft", kept), dataset)
    assert other.rows.tolist() == [-1, *lesson.rows[1:]]
    mask = np.zeros((64, 64), dtype=np.float32)
    assert other.mix(0, lambda: mask, lambda _soft: pytest.fail("no map is asked for")) is mask


def rewritten(folder, out, films):
    """The same soft targets with another table."""
    out.mkdir()
    (out / MAPS).write_bytes((folder / MAPS).read_bytes())
    (out / FILMS).write_bytes(films_csv(films))
    record = load_soft(folder).record
    files = record.files | {FILMS: sha256_of(out / FILMS)}
    (out / RECORD).write_text(record.model_copy(update={"files": files}).model_dump_json())
    return out


def test_films_of_another_set_are_added_but_for_those_that_are_judged(teacher, dataset, tmp_path):
    other = make_discs(tmp_path / "other", 6, seed=9, split=SplitPlan(all_as="test"))
    judged = dataset.images[dataset.indices("val")[0]]
    np.save(other.folder / "images.npy", np.concatenate((judged[None], other.images[1:])))
    soft = pseudo(teacher, other, np.arange(6), Filter(0.0), tmp_path / "soft")
    lesson = lesson_of(soft.folder, dataset, share=0.5)
    assert (lesson.rows == -1).all()
    assert lesson.added.tolist() == [1, 2, 3, 4, 5]
    present, own = [film.present for film in soft.films[1:]], np.ones(len(lesson.rows), dtype=np.float32)
    assert lesson.present(own > 0).tolist() == [*own, *present]
    assert lesson.labels(own).tolist() == [*own, *present]
    added = lesson.mix(len(own) + 2, lambda: pytest.fail("no mask is asked for"), lambda soft: soft)
    assert np.array_equal(np.rint(added * 255), soft.maps[3])


def test_soft_targets_of_other_films_are_refused(teacher, dataset, tmp_path):
    soft = pseudo(teacher, dataset, np.arange(3), Filter(0.0), tmp_path / "soft")
    changed = replace(dataset, cases=tuple(replace(case, sha256="0" * 64) for case in dataset.cases))
    with pytest.raises(DatasetError, match="3 of its films are others of that name"):
        lesson_of(soft.folder, changed)


def test_a_folder_that_teaches_nothing_is_refused(dataset, own, tmp_path):
    films = [replace(film, kept=False) for film in load_soft(own).films]
    with pytest.raises(DatasetError, match="none of its 0 kept films"):
        lesson_of(rewritten(own, tmp_path / "soft", films), dataset)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param(RECORD, None, "soft.json cannot be read", id="no record"),
        pytest.param(RECORD, b"{}", "no valid soft.json", id="no valid record"),
        pytest.param(FILMS, b"id\n", "was changed", id="another table"),
        pytest.param(MAPS, b"no array", "no valid", id="no array"),
    ],
)
def test_a_damaged_folder_is_refused(own, tmp_path, name, content, said):
    for file in own.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=said):
        load_soft(tmp_path)
