"""Right and wrong at the decision, of films and of pixels."""

from collections.abc import Sequence

import numpy as np

from pleura.evidence.report.reader import Reader
from pleura.output.page.matrix import Matrix


def confusion_matrices(readers: Sequence[Reader]) -> list[Matrix]:
    """Two matrices a reader: of films, and of the pixels of all films; of several runs their mean."""
    found = []
    for reader in readers:
        runs = reader.judgement.runs
        whose = f", {reader.judgement.title}" if len(readers) > 1 else ""
        note = f"Mean of {len(runs)} draws." if len(runs) > 1 else ""
        films = np.mean([run.judged.film_confusion().matrix() for run in runs], axis=0)
        pixels = np.mean([run.judged.pixel_confusion().matrix() for run in runs], axis=0)
        found.append(Matrix(f"Films{whose}", films.tolist(), note))
        found.append(Matrix(f"Pixels of all films{whose}", pixels.tolist(), note))
    return found
