from dataclasses import replace

import cv2
import numpy as np
import pytest

from discs import make_discs
from pleura.data.overlap import strangers
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("own"), 12)


def other_set(folder, films):
    """A data set of these films by name, none with a pneumothorax."""
    for name in ("png_images", "png_masks"):
        (folder / "films" / name).mkdir(parents=True)
    for name, content in films.items():
        (folder / "films" / "png_images" / f"{name}.png").write_bytes(content)
        shape = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE).shape
        cv2.imwrite(str(folder / "films" / "png_masks" / f"{name}.png"), np.zeros(shape, np.uint8))
    plan = PreparePlan(side=64, split=SplitPlan(all_as="train"))
    return prepare(import_pairs(folder / "films"), folder / "data", plan)


def drawn(seed):
    coarse = np.random.default_rng(seed).uniform(20, 230, (8, 8)).astype(np.float32)
    film = cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC).clip(1, 250).astype(np.uint8)
    return cv2.imencode(".png", film)[1].tobytes()


def test_only_films_that_are_judged_under_no_name_may_be_trained_on(dataset, tmp_path):
    held = dataset.indices("val")
    content = dataset.film_path(held[0]).read_bytes()
    film = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    larger = cv2.resize(np.rint(film * 0.9 + 10).astype(np.uint8), (128, 128), interpolation=cv2.INTER_LINEAR)
    films = {
        "same-file": content,
        "looks-alike": cv2.imencode(".png", larger)[1].tobytes(),
        dataset.cases[held[1]].id: drawn(50),
        "stranger": drawn(51),
        "of-a-training-film": dataset.film_path(dataset.indices("train")[0]).read_bytes(),
    }
    other = other_set(tmp_path, films)
    found = strangers(other, np.arange(len(other)), dataset, held)
    assert {other.cases[index].id for index in found} == {"stranger", "of-a-training-film"}
    assert strangers(other, np.arange(len(other)), dataset, held[:0]).size == len(other)


def test_a_known_patient_is_not_trained_on_and_judged(dataset, tmp_path):
    other = other_set(tmp_path, {f"film-{seed}": drawn(seed) for seed in (60, 61)})
    held = dataset.indices("test")
    first, second = other.cases
    apart = replace(other, cases=(replace(first, patient="7"), replace(second, patient="8")))
    cases = [replace(case, patient="8") if place == held[0] else case for place, case in enumerate(dataset.cases)]
    own = replace(dataset, cases=tuple(cases))
    assert strangers(apart, np.arange(2), own, held).tolist() == [0]
