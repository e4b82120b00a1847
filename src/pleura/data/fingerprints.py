"""Which films and patients a model saw, short enough to travel inside its file, and told again in any data set."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pleura.data.case import Case
from pleura.data.dataset import Dataset
from pleura.data.groups import film_groups

_DIGITS = 16
"""Of the 64 hex digits of a SHA-256: among a million films two share these by chance once in forty million sets."""


@dataclass(frozen=True)
class Fingerprints:
    """The first 16 hex digits of SHA-256, sorted: of the known patients' ids, and of the films' files.

    Groups that stand in for unknown patients are no patients: their names mean nothing in another data set.
    """

    patients: tuple[str, ...] = ()
    films: tuple[str, ...] = ()

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Self:
        """Those of some films."""
        given = list(cases)
        patients = {patient_fingerprint(case.patient) for case in given if case.patient_known}
        return cls(tuple(sorted(patients)), tuple(sorted({case.sha256[:_DIGITS] for case in given})))

    def joined(self, other: Self) -> Self:
        """These and those."""
        patients, films = {*self.patients, *other.patients}, {*self.films, *other.films}
        return type(self)(tuple(sorted(patients)), tuple(sorted(films)))

    def among(self, dataset: Dataset, films: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(N,) whether each of the films, positions in a data set, is one of these or of one of these patients.

        So is a film that belongs together with such a film of the data set, as one that looks like it and whose
        patient is unknown.
        """
        patients, contents = set(self.patients), set(self.films)
        direct = np.array([_known(case, patients, contents) for case in dataset.cases], dtype=np.bool_)
        if not direct.any():
            return np.zeros(films.size, dtype=np.bool_)
        groups = film_groups(dataset, np.arange(len(dataset), dtype=np.int64))
        return np.isin(groups[films], groups[direct])


def patient_fingerprint(patient: str) -> str:
    """The first digits of the SHA-256 of a patient's id."""
    return hashlib.sha256(patient.encode("utf-8")).hexdigest()[:_DIGITS]


def _known(case: Case, patients: set[str], contents: set[str]) -> bool:
    known = case.patient_known and patient_fingerprint(case.patient) in patients
    return known or case.sha256[:_DIGITS] in contents
