"""Every figure by name: what it says, whether more is better, which films it is over, in what unit."""

import math
from dataclasses import dataclass
from typing import Literal

from pleura.core.metrics import OVERLAP_NAMES

Better = Literal["higher", "lower", "neither"]
Over = Literal["films", "positives", "negatives", "both"]

SOFT_IOU_BATCH = 32
"""Films a batch for `soft_iou_batch`: roque2025's, the largest of the published systems it is compared with."""

SHARE = (0.0, 1.0)
_LENGTH = (0.0, math.inf)
_SIGNED_SHARE = (-100.0, 100.0)
_SIGNED = (-math.inf, math.inf)


@dataclass(frozen=True)
class FigureRow:
    """What one figure is.

    Attributes:
        words: its name for a reader of the report, without the unit.
        better: which way is better; `neither` where it describes the films, or is best in the middle.
        over: the films it is computed on: all, those that truly have a pneumothorax, those that have none, or both
            kinds because it compares them.
        unit: `%` of the image, `cm2`, `mm`, `px`, or nothing for a share.
        limits: the least and the most it can be.
        resampled: whether it has an interval; `soft_iou_batch` depends on the order of films and has none.
        counted: whether it is a share of films, each right or wrong, and not a mean of shades.
    """

    words: str
    better: Better
    over: Over
    unit: str = ""
    limits: tuple[float, float] = SHARE
    resampled: bool = True
    counted: bool = False


def _higher(words: str, over: Over = "films") -> FigureRow:
    return FigureRow(words, "higher", over)


def _correct(words: str, over: Over = "films") -> FigureRow:
    return FigureRow(words, "higher", over, counted=True)


_OVERLAP: dict[str, FigureRow] = {
    "siim_dice": _higher("SIIM Dice"),
    "siim_dice_all_empty": FigureRow("SIIM Dice of a reader that never finds anything", "neither", "films"),
    "dice_positives": _higher("Dice of positives, mean", "positives"),
    "dice_positives_median": _higher("Dice of positives, median", "positives"),
    "empty_correct": _correct("Healthy films without a mask", "negatives"),
    "pooled_accuracy": _higher("Pooled accuracy"),
    "pooled_precision": _higher("Pooled precision"),
    "pooled_recall": _higher("Pooled recall"),
    "pooled_f1": _higher("Pooled F1"),
    "pooled_iou": _higher("Pooled IoU"),
    "kaggle_iou": FigureRow("Kaggle step IoU (only to compare)", "higher", "films", limits=(0.0, 1.1)),
}
_SOFT = FigureRow(f"Soft IoU, batches of {SOFT_IOU_BATCH} (only to compare)", "higher", "films", resampled=False)
_SURFACE: dict[str, FigureRow] = {
    "nsd": _higher("Surface agreement within 2 mm, mean", "positives"),
    "nsd_px": _higher("Surface agreement within 2 px (spacing unknown), mean", "positives"),
    "hd95": FigureRow("Hausdorff distance, 95th percentile, mean", "lower", "positives", "mm", _LENGTH),
    "hd95_median": FigureRow("Hausdorff distance, 95th percentile, median", "lower", "positives", "mm", _LENGTH),
    "hd95_px": FigureRow(
        "Hausdorff distance, 95th percentile, mean (spacing unknown)", "lower", "positives", "px", _LENGTH
    ),
    "hd95_px_median": FigureRow(
        "Hausdorff distance, 95th percentile, median (spacing unknown)", "lower", "positives", "px", _LENGTH
    ),
    "hd95_undefined": FigureRow(
        "Positives without a Hausdorff distance, no mask", "lower", "positives", counted=True
    ),
}
_RANKING: dict[str, FigureRow] = {
    "auroc": _higher("AUROC", "both"),
    "ap": _higher("Average precision", "both"),
    "sensitivity_at_specificity_90": _higher("Sensitivity at 90 % specificity", "both"),
    "sensitivity_at_specificity_95": _higher("Sensitivity at 95 % specificity", "both"),
    "specificity_at_sensitivity_90": _higher("Specificity at 90 % sensitivity", "both"),
    "specificity_at_sensitivity_95": _higher("Specificity at 95 % sensitivity", "both"),
    "ece": FigureRow("Expected calibration error", "lower", "films"),
    "brier": FigureRow("Brier score", "lower", "films"),
}
_SIZE: dict[str, FigureRow] = {
    "size_error": FigureRow("Size error, bias", "neither", "positives", "%", _SIGNED_SHARE),
    "size_error_low": FigureRow("Size error, lower limit of agreement", "neither", "positives", "%", _SIGNED),
    "size_error_high": FigureRow("Size error, upper limit of agreement", "neither", "positives", "%", _SIGNED),
    "size_error_cm2": FigureRow("Size error, bias", "neither", "positives", "cm2", _SIGNED),
    "size_error_cm2_low": FigureRow("Size error, lower limit of agreement", "neither", "positives", "cm2", _SIGNED),
    "size_error_cm2_high": FigureRow("Size error, upper limit of agreement", "neither", "positives", "cm2", _SIGNED),
}
_DECISION: dict[str, FigureRow] = {
    "sensitivity": _correct("Sensitivity of the decision", "positives"),
    "specificity": _correct("Specificity of the decision", "negatives"),
    "ppv": _correct("Positive predictive value at this prevalence", "films"),
    "npv": _correct("Negative predictive value at this prevalence", "films"),
    "films_correct": _correct("Films decided correctly"),
    "tta_correct_plain": _correct("Films decided correctly without test-time augmentation"),
    "tta_correct_flip": _correct("Films decided correctly with test-time flip"),
}
SOFT_IOU = f"soft_iou_batch_{SOFT_IOU_BATCH}"

FIGURES: dict[str, FigureRow] = {
    **{name: _OVERLAP[name] for name in OVERLAP_NAMES},
    SOFT_IOU: _SOFT,
    **_SURFACE,
    **_RANKING,
    **_SIZE,
    **_DECISION,
}
"""Every figure, in the order of the table of definitions; each name is that of a figure in metrics.json."""

RESAMPLED = tuple(name for name, row in FIGURES.items() if row.resampled)
"""The names of figures that have an interval."""
