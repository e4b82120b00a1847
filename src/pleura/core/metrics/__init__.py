"""Every figure that a model is judged by, as pure functions on counts, scores and labels.

`confusion` counts pixels or films, `overlap` compares masks by their counts, `ranking` judges the image-level
score, `calibration` judges it as a probability, `surface` measures how far borders lie apart. An undefined figure
is NaN, never a made-up number.
"""

from pleura.core.metrics.calibration import Reliability, brier, ece, reliability
from pleura.core.metrics.confusion import Confusion
from pleura.core.metrics.overlap import (
    OVERLAP_NAMES,
    Counts,
    all_empty_score,
    count_films,
    dice_scores,
    film_counts,
    kaggle_iou_scores,
    overlap_scores,
    pixel_confusion,
    soft_iou_batch,
)
from pleura.core.metrics.ranking import (
    auroc,
    average_precision,
    ranking_scores,
    sensitivity_at,
    specificity_at,
    tta_correct,
)
from pleura.core.metrics.surface import SurfaceScores, surface_scores

MONITORABLE = (
    "siim_dice",
    "dice_positives",
    "dice_positives_median",
    "empty_correct",
    "pooled_accuracy",
    "pooled_precision",
    "pooled_recall",
    "pooled_f1",
    "pooled_iou",
    "kaggle_iou",
    "auroc",
    "ap",
)
"""Names that a recipe's `validation.monitor` may give; all grow as a model gets better."""

__all__ = [
    "MONITORABLE",
    "OVERLAP_NAMES",
    "Confusion",
    "Counts",
    "Reliability",
    "SurfaceScores",
    "all_empty_score",
    "auroc",
    "average_precision",
    "brier",
    "count_films",
    "dice_scores",
    "ece",
    "film_counts",
    "kaggle_iou_scores",
    "overlap_scores",
    "pixel_confusion",
    "ranking_scores",
    "reliability",
    "sensitivity_at",
    "soft_iou_batch",
    "specificity_at",
    "surface_scores",
    "tta_correct",
]
