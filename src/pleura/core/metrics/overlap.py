"""How well masks agree, computed from three counts a film, so that no mask has to be kept."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics.confusion import Confusion
from pleura.core.types import Mask

Integers = NDArray[np.integer]
Floats = NDArray[np.float64]

_SOFT_IOU_SMOOTH = 1e-5

OVERLAP_NAMES = (
    "siim_dice",
    "siim_dice_all_empty",
    "dice_positives",
    "dice_positives_median",
    "empty_correct",
    "pooled_accuracy",
    "pooled_precision",
    "pooled_recall",
    "pooled_f1",
    "pooled_iou",
    "kaggle_iou",
)
"""The keys of `overlap_scores`."""


@dataclass(frozen=True)
class Counts:
    """Pixels of each film, all (N,) int64: in both masks, in the predicted one, in the true one, and in the film."""

    intersections: NDArray[np.int64]
    predicted: NDArray[np.int64]
    true: NDArray[np.int64]
    pixels: NDArray[np.int64]

    def take(self, films: NDArray[np.int64]) -> "Counts":
        """The counts of some films, by position."""
        return Counts(self.intersections[films], self.predicted[films], self.true[films], self.pixels[films])

    def scores(self) -> dict[str, float]:
        """Every overlap figure of these films (`overlap_scores`)."""
        return overlap_scores(self.intersections, self.predicted, self.true, self.pixels)


def film_counts(predicted: Mask, truth: Mask) -> tuple[int, int, int, int]:
    """Count one film: pixels in both masks, in the predicted one, in the true one, and in the film.

    Raises:
        ValueError: the shapes differ.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"predicted {predicted.shape} and truth {truth.shape} differ in shape")
    both = int(np.count_nonzero(predicted & truth))
    return both, int(np.count_nonzero(predicted)), int(np.count_nonzero(truth)), truth.size


def count_films(films: Iterable[tuple[int, int, int, int]]) -> Counts:
    """Gather the counts of single films (`film_counts`) in their order."""
    table = np.array(list(films), dtype=np.int64).reshape(-1, 4)
    return Counts(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def overlap_scores(
    intersections: Integers, predicted_areas: Integers, true_areas: Integers, pixels: Integers | int
) -> dict[str, float]:
    """Every overlap figure of a set of films, from their counts of pixels.

    Args:
        intersections: (N,) pixels in both masks.
        predicted_areas: (N,) pixels in the predicted mask.
        true_areas: (N,) pixels in the true mask.
        pixels: (N,) pixels in the film, or one number for all.

    Returns:
        The figures named in `OVERLAP_NAMES`, each in [0, 1] (`kaggle_iou` may reach 1.1). NaN where undefined:
        `dice_positives` without a film that has a pneumothorax, `empty_correct` without one that has none.

    Raises:
        ValueError: counts that no two masks can have.
    """
    checked = _checked(intersections, predicted_areas, true_areas, pixels)
    dice = dice_scores(checked.intersections, checked.predicted, checked.true)
    positive = checked.true > 0
    pooled = pixel_confusion(checked)
    return {
        "siim_dice": _mean(dice),
        "siim_dice_all_empty": all_empty_score(checked.true),
        "dice_positives": _mean(dice[positive]),
        "dice_positives_median": float(np.median(dice[positive])) if positive.any() else math.nan,
        "empty_correct": _mean(checked.predicted[~positive] == 0),
        "pooled_accuracy": pooled.accuracy,
        "pooled_precision": pooled.precision,
        "pooled_recall": pooled.recall,
        "pooled_f1": pooled.f1,
        "pooled_iou": pooled.iou,
        "kaggle_iou": _mean(kaggle_iou_scores(checked.intersections, checked.predicted, checked.true)),
    }


def dice_scores(intersections: Integers, predicted_areas: Integers, true_areas: Integers) -> Floats:
    """Sørensen-Dice of each film, any shape -> the same shape in [0, 1].

    Two empty masks score 1, one empty mask 0 (SIIM-ACR 2019 evaluation page).
    """
    sums = np.asarray(predicted_areas, dtype=np.float64) + true_areas
    scores = np.ones(sums.shape)
    np.divide(2.0 * np.asarray(intersections), sums, out=scores, where=sums > 0)
    return scores


def all_empty_score(true_areas: Integers) -> float:
    """The `siim_dice` of a model that never finds anything: the share of healthy films."""
    return _mean(np.asarray(true_areas) == 0)


def pixel_confusion(counts: Counts) -> Confusion:
    """Pool the pixels of all films into one confusion."""
    tp, predicted, true = (int(part.sum()) for part in (counts.intersections, counts.predicted, counts.true))
    fp, fn = predicted - tp, true - tp
    return Confusion(tp, fp, fn, int(counts.pixels.sum()) - tp - fp - fn)


def kaggle_iou_scores(intersections: Integers, predicted_areas: Integers, true_areas: Integers) -> Floats:
    """The step score of the kernel that tan2025 builds on, for each film; reported only to compare.

    Empty truth scores 1 if the mask is empty, else 0; otherwise floor(max(0, (IoU - .45) 20)) / 10, which gives an
    exact match 1.1, as the kernel does. In whole numbers, so that an IoU on a step does not fall off it.
    """
    both, predicted, true = (
        np.asarray(part, dtype=np.int64) for part in (intersections, predicted_areas, true_areas)
    )
    union = np.maximum(predicted + true - both, 1)
    steps = np.maximum(20 * both - 9 * union, 0) // union
    scores: Floats = np.where(true == 0, (predicted == 0).astype(np.float64), steps / 10)
    return scores


def soft_iou_batch(soft_intersections: Floats, probability_sums: Floats, true_areas: Integers, batch: int) -> float:
    """Soft IoU pooled over each batch, then averaged over batches; reported only to compare.

    Depends on the batch size and the order of films. The default of segmentation_models 1.0.1 (`iou_score` with
    `per_image=False`, smooth 1e-5).

    Args:
        soft_intersections: (N,) sum of the probabilities inside the true mask.
        probability_sums: (N,) sum of the probabilities over the film.
        true_areas: (N,) pixels in the true mask.
        batch: films a batch; the last may be smaller.
    """
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    if len(true_areas) == 0:
        return math.nan
    starts = np.arange(0, len(true_areas), batch)
    both = np.add.reduceat(np.asarray(soft_intersections, dtype=np.float64), starts)
    either = np.add.reduceat(probability_sums + np.asarray(true_areas, dtype=np.float64), starts) - both
    return float(np.mean((both + _SOFT_IOU_SMOOTH) / (either + _SOFT_IOU_SMOOTH)))


def _checked(both: Integers, predicted: Integers, true: Integers, pixels: Integers | int) -> Counts:
    """The counts as int64 of one shape, refused where no masks can have them."""
    parts = [np.asarray(part) for part in (both, predicted, true, pixels)]
    if any(not np.issubdtype(part.dtype, np.integer) for part in parts):
        raise ValueError("counts of pixels must be integers")
    whole = [part.astype(np.int64) for part in parts]
    counts = Counts(whole[0], whole[1], whole[2], np.broadcast_to(whole[3], whole[0].shape))
    if not counts.intersections.shape == counts.predicted.shape == counts.true.shape:
        raise ValueError("counts differ in length")
    union = counts.predicted + counts.true - counts.intersections
    most = np.minimum(counts.predicted, counts.true)
    if (counts.intersections < 0).any() or (counts.intersections > most).any() or (union > counts.pixels).any():
        raise ValueError("counts of pixels that no two masks can have")
    return counts


def _mean(values: NDArray[np.float64] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if values.size else math.nan
