"""Folds in which all films of a patient stand together."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.data.splits import size_strata


def patient_folds(groups: NDArray[np.int64], areas: NDArray[np.float64], count: int, seed: int) -> NDArray[np.int64]:
    """Deal films into folds by patient, stratified by presence and size of the pneumothorax.

    Args:
        groups: (N,) the patient of each film, or its group where none is known (`pleura.data.groups.film_groups`).
        areas: (N,) share of the film that the truth covers; 0 where there is nothing.
        count: folds, at least 2.
        seed: of the draw.

    Returns:
        (N,) the fold of each film, in [0, count). A patient counts as their largest pneumothorax; the patients of a
        stratum are dealt in random order, each to the fold that has the fewest films of it.

    Raises:
        DatasetError: fewer than `count` patients with a pneumothorax, or without one where there are any: a set
            may hold no healthy films by design.
    """
    patients, patient_of = np.unique(groups, return_inverse=True)
    strata = np.zeros(patients.size, dtype=np.int64)
    np.maximum.at(strata, patient_of, size_strata(areas))
    for name, having in (("with", int((strata > 0).sum())), ("without", int((strata == 0).sum()))):
        if having < count and (name == "with" or having > 0):
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
