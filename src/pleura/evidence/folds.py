"""Folds in which all films of a patient stand together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.data import Case
from pleura.data.splits import size_strata


def patient_folds(cases: Sequence[Case], count: int, seed: int) -> NDArray[np.int64]:
    """Deal films into folds by patient, stratified by presence and size of the pneumothorax.

    Args:
        cases: the films, N of them.
        count: folds, at least 2.
        seed: of the draw.

    Returns:
        (N,) the fold of each film, in [0, count). A patient counts as their largest pneumothorax; the patients of a
        stratum are dealt in random order, each to the fold that has the fewest films of it.

    Raises:
        DatasetError: fewer than `count` patients with a pneumothorax, or without one.
    """
    patients, patient_of = np.unique([case.patient for case in cases], return_inverse=True)
    strata = np.zeros(patients.size, dtype=np.int64)
    np.maximum.at(strata, patient_of, size_strata(np.array([case.area for case in cases])))
    for name, having in (("with", int((strata > 0).sum())), ("without", int((strata == 0).sum()))):
        if having < count:
            reason = f"{having} patients {name} a pneumothorax are too few for {count} folds"
            raise DatasetError("cross-fit", reason, "Ask for fewer folds, or give more films.")
    films = np.bincount(patient_of)
    generator = np.random.default_rng(seed)
    fold_of = np.zeros(patients.size, dtype=np.int64)
    total = np.zeros(count, dtype=np.int64)
    for stratum in np.unique(strata):
        held = np.zeros(count, dtype=np.int64)
        for patient in generator.permutation(np.flatnonzero(strata == stratum)):
            fold = int(np.lexsort((total, held))[0])
            fold_of[patient] = fold
            held[fold] += films[patient]
            total[fold] += films[patient]
    return fold_of[patient_of]
