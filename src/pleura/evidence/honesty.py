"""Whether a model, its decision or its calibration saw the films that it is judged on."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.calibration import CalibrationRecord
from pleura.core.spec import TrainingRecord, TuningRecord
from pleura.data import Dataset
from pleura.data.fingerprints import Fingerprints
from pleura.runtime import Blend, Model

_SO = "figures on films that were seen are too good"

Record = TrainingRecord | TuningRecord | CalibrationRecord


@dataclass(frozen=True)
class Honesty:
    """What is known of films that were seen before.

    Attributes:
        warnings: why figures on these films are too good, each once.
        seen: (N,) whether each film was seen, or may have been where the record does not say on which films.
    """

    warnings: tuple[str, ...]
    seen: NDArray[np.bool_]


def honesty(
    model: Model | Blend, dataset: Dataset, films: NDArray[np.int64], *, fitted_anew: bool = False
) -> Honesty:
    """Compare the films with the model's own records of what it saw.

    A record that names its films is believed film by film: a model may be judged on the held-out part of the set
    that it learned from. One that names the data set alone may have seen all of it.

    Args:
        model: a model, or a blend with all its members.
        dataset: the set that is judged on.
        films: (N,) positions of the films in it.
        fitted_anew: whether decision and calibration are not the model's own, but fitted on other patients' films.
    """
    found: dict[str, None] = {}
    seen = np.zeros(films.size, dtype=np.bool_)
    for what, record in _records(model, fitted_anew):
        prints = Fingerprints(record.patients_sha256, record.films_sha256)
        if prints.films:
            met = prints.among(dataset, films)
            if met.any():
                count = f"{int(met.sum())} of these {films.size} films"
                found[f"{what} {count}, or on others of their patients: {_SO}"] = None
                seen |= met
        elif record.data_sha256 == dataset.record.sha256:
            found[f"{what} this data set, and the model does not say which films of it: {_SO}"] = None
            seen[:] = True
    return Honesty(tuple(found), seen)


def _records(model: Model | Blend, fitted_anew: bool) -> Iterator[tuple[str, Record]]:
    models = model.models if isinstance(model, Blend) else (model,)
    if not fitted_anew:
        if model.spec.tuning is not None:
            yield "the decision was fitted on", model.spec.tuning
        if model.spec.calibration_record is not None:
            yield "the calibration was fitted on", model.spec.calibration_record
    if isinstance(model, Blend) and model.spec.rule_out_tuning is not None:
        yield "the first model's rule was fitted on", model.spec.rule_out_tuning
    for single in models:
        if single.spec.training is not None:
            yield "the network was trained or chosen on", single.spec.training
