"""What is kept of one film once it is judged: counts, distances and scores, no pixels; and many of them as one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import count_films, film_counts
from pleura.core.metrics.surface import SurfaceScores, surface_scores
from pleura.core.types import Mask
from pleura.data import Case
from pleura.evidence.evaluation import Augmented, Evaluation, Surfaces
from pleura.evidence.judged import Judged


@dataclass(frozen=True)
class Said:
    """What a reader said of one film beside its outline.

    Attributes:
        score: image-level score in [0, 1].
        present: the decision.
        probability: calibrated probability in [0, 1]; None without a calibration.
        decisions: without and with test-time augmentation; None where there is no such choice.
        soft: sums of the probabilities inside the truth and over the film; None without a map.
    """

    score: float
    present: bool
    probability: float | None = None
    decisions: tuple[bool, bool] | None = None
    soft: tuple[float, float] | None = None


@dataclass(frozen=True)
class FilmResult:
    """One film judged; `counts` as `film_counts` gives them."""

    counts: tuple[int, int, int, int]
    surface: SurfaceScores
    in_mm: bool
    said: Said


def judge_film(mask: Mask, truth: Mask, case: Case, said: Said) -> FilmResult:
    """Compare one outline with the truth, both (H, W) bool at native size; distances in mm where spacing is known.

    Raises:
        ValueError: the shapes differ.
    """
    spacing = None if case.row_mm is None or case.column_mm is None else (case.row_mm, case.column_mm)
    return FilmResult(film_counts(mask, truth), surface_scores(mask, truth, spacing), spacing is not None, said)


def gather(films: NDArray[np.int64], results: Sequence[FilmResult], *, scored: bool = True) -> Evaluation:
    """Results of N films as one evaluation.

    What a reader tells of some films only, a probability or a map, counts as not told.

    Args:
        films: (N,) positions in the data set.
        results: of these films, in their order.
        scored: whether the reader gave image-level scores; without them the decisions stand in as 0 and 1.
    """
    said = [result.said for result in results]
    scores = [one.score if scored else float(one.present) for one in said]
    probabilities = [one.probability for one in said if one.probability is not None]
    decisions = [one.decisions for one in said if one.decisions is not None]
    soft = [one.soft for one in said if one.soft is not None]
    plain, averaged = np.array(decisions, dtype=np.bool_).reshape(-1, 2).T
    whole = len(results)
    return Evaluation(
        films=films,
        judged=Judged(
            counts=count_films(result.counts for result in results),
            scores=np.array(scores, dtype=np.float64),
            decided=np.array([one.present for one in said], dtype=np.bool_),
            calibrated=np.array(probabilities, dtype=np.float64) if scored and len(probabilities) == whole else None,
        ),
        surfaces=Surfaces(
            nsd=np.array([result.surface.nsd for result in results], dtype=np.float64),
            hd95=np.array([result.surface.hd95 for result in results], dtype=np.float64),
            in_mm=np.array([result.in_mm for result in results], dtype=np.bool_),
        ),
        scored=scored,
        augmented=Augmented(plain, averaged) if len(decisions) == whole else None,
        soft=np.array(soft, dtype=np.float64).reshape(-1, 2) if len(soft) == whole else None,
    )
