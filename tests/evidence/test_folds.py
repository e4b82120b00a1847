import numpy as np
import pytest

from pleura.core.errors import DatasetError
from pleura.core.types import View
from pleura.data import Case
from pleura.evidence.folds import patient_folds


def case(index: int, patient: str, area: float) -> Case:
    return Case(
        id=f"film{index}",
        patient=patient,
        present=area > 0,
        split="test",
        view=View.PA,
        sex="unknown",
        age=None,
        row_mm=None,
        column_mm=None,
        height=64,
        width=64,
        area=area,
        source=f"{index}.png",
        sha256="0" * 64,
    )


def some_cases() -> list[Case]:
    """Sixty films of twenty patients, ten of whom have a pneumothorax on some of their films."""
    generator = np.random.default_rng(0)
    films = []
    for index in range(60):
        patient = index % 20
        area = generator.uniform(0.01, 0.2) if patient < 10 and index < 40 else 0.0
        films.append(case(index, f"p{patient}", area))
    return films


def test_all_films_of_a_patient_stand_in_one_fold():
    cases = some_cases()
    folds = patient_folds(cases, 5, seed=1)
    assert len({(film.patient, fold) for film, fold in zip(cases, folds, strict=True)}) == 20


def test_folds_have_equal_shares_of_patients_with_a_pneumothorax():
    cases = some_cases()
    folds = patient_folds(cases, 5, seed=1)
    having = [len({c.patient for c, f in zip(cases, folds, strict=True) if f == k and c.present}) for k in range(5)]
    assert max(having) - min(having) <= 1
    assert set(folds) == set(range(5))


def test_a_seed_gives_the_same_folds_again_and_another_gives_others():
    cases = some_cases()
    assert (patient_folds(cases, 5, 1) == patient_folds(cases, 5, 1)).all()
    assert (patient_folds(cases, 5, 1) != patient_folds(cases, 5, 2)).any()


def test_too_few_patients_are_refused():
    with pytest.raises(DatasetError, match="too few for 5 folds"):
        patient_folds([case(index, f"p{index}", 0.1 * (index % 2)) for index in range(6)], 5, seed=1)
