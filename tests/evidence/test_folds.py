import numpy as np
import pytest

from pleura.core.errors import DatasetError
from pleura.evidence.folds import patient_folds


def some_films() -> tuple[np.ndarray, np.ndarray]:
    """Sixty films of twenty patients, ten of whom have a pneumothorax on some of their films: patients and areas."""
    patients = np.arange(60) % 20
    areas = np.random.default_rng(0).uniform(0.01, 0.2, 60)
    areas[(patients >= 10) | (np.arange(60) >= 40)] = 0
    return patients, areas


def test_all_films_of_a_patient_stand_in_one_fold():
    patients, areas = some_films()
    folds = patient_folds(patients, areas, 5, seed=1)
    assert len(set(zip(patients.tolist(), folds.tolist(), strict=True))) == 20


def test_folds_have_equal_shares_of_patients_with_a_pneumothorax():
    patients, areas = some_films()
    folds = patient_folds(patients, areas, 5, seed=1)
    having = [len(set(patients[(folds == fold) & (areas > 0)])) for fold in range(5)]
    assert max(having) - min(having) <= 1
    assert set(folds) == set(range(5))


def test_a_seed_gives_the_same_folds_again_and_another_gives_others():
    films = some_films()
    assert (patient_folds(*films, 5, 1) == patient_folds(*films, 5, 1)).all()
    assert (patient_folds(*films, 5, 1) != patient_folds(*films, 5, 2)).any()


def test_a_set_may_hold_no_healthy_film_at_all():
    folds = patient_folds(np.arange(10), np.full(10, 0.1), 5, seed=1)
    assert np.bincount(folds).tolist() == [2] * 5


def test_too_few_patients_are_refused():
    with pytest.raises(DatasetError, match="too few for 5 folds"):
        patient_folds(np.arange(6), 0.1 * (np.arange(6) % 2), 5, seed=1)
