import dataclasses
import hashlib

import numpy as np
import pytest

from discs import make_discs
from pleura.data.fingerprints import Fingerprints, patient_fingerprint
from pleura.data.splits import SplitPlan


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Eight films of four known patients, two each."""
    found = make_discs(tmp_path_factory.mktemp("discs"), 8, split=SplitPlan(all_as="test"))
    cases = tuple(dataclasses.replace(case, patient=f"P{number // 2}") for number, case in enumerate(found.cases))
    return dataclasses.replace(found, cases=cases)


def test_a_patient_is_the_head_of_a_hash_and_no_name(dataset):
    prints = Fingerprints.of(dataset.cases)
    assert len(prints.patients) == 4
    assert prints.patients == tuple(sorted(hashlib.sha256(f"P{n}".encode()).hexdigest()[:16] for n in range(4)))
    assert prints.films == tuple(sorted(case.sha256[:16] for case in dataset.cases))


def test_groups_that_stand_in_for_patients_are_left_out(dataset):
    unknown = [dataclasses.replace(case, patient="group:a") for case in dataset.cases]
    assert Fingerprints.of(unknown).patients == ()
    assert len(Fingerprints.of(unknown).films) == 8


def test_other_films_of_a_seen_patient_were_seen_too(dataset):
    films = np.arange(8)
    assert Fingerprints(films=Fingerprints.of(dataset.cases[:1]).films).among(dataset, films).tolist() == (
        [True, True] + [False] * 6
    )
    met = Fingerprints(patients=(patient_fingerprint("P3"),)).among(dataset, films[5:])
    assert met.tolist() == [False, True, True]


def test_a_seen_film_outside_the_judged_ones_still_tells_of_its_patient(dataset):
    prints = Fingerprints(films=(dataset.cases[0].sha256[:16],))
    assert prints.among(dataset, np.array([1, 2])).tolist() == [True, False]


def test_nothing_seen_meets_nothing(dataset):
    assert not Fingerprints(patients=("0" * 16,), films=("1" * 16,)).among(dataset, np.arange(8)).any()
