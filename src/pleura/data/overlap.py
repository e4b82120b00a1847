"""Films of another data set that are safe to train on: none of those that the model is judged by, under any name."""

import numpy as np
from numpy.typing import NDArray

from pleura.data.dataset import Dataset
from pleura.data.likeness import ALIKE_BITS, differing_bits, perceptual_hash


def strangers(
    other: Dataset, films: NDArray[np.int64], dataset: Dataset, held: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Those of `films`, positions in `other`, that are none of the `held` films of `dataset`, ascending.

    A film goes that has a held film's id, file content or patient, or looks like one, whatever its sex, age and view:
    a film less to train on costs little, one that the model is then judged by spoils every figure.
    """
    cases = [dataset.cases[index] for index in held]
    ids, contents = {case.id for case in cases}, {case.sha256 for case in cases}
    patients = {case.patient for case in cases if case.patient_known}
    hashes = np.array([perceptual_hash(dataset.images[index]) for index in held], dtype=np.uint8)
    kept = []
    for index in films:
        case = other.cases[index]
        known = case.id in ids or case.sha256 in contents or case.patient in patients
        if not known and not _looks_like_one(perceptual_hash(other.images[index]), hashes):
            kept.append(int(index))
    return np.array(sorted(kept), dtype=np.int64)


def _looks_like_one(film: NDArray[np.uint8], hashes: NDArray[np.uint8]) -> bool:
    return hashes.size > 0 and bool((differing_bits(film, hashes) <= ALIKE_BITS).any())
