"""Every figure with each film counted as often as it was drawn: many draws at once."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.metrics import Counts, dice_scores, kaggle_iou_scores
from pleura.core.metrics.calibration import BINS
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.facts import FilmFacts
from pleura.evidence.figures.ranks import weighted_calibration, weighted_ranking
from pleura.evidence.figures.sums import Figures, Floats, ratio, weighted_agreement, weighted_median
from pleura.evidence.figures.table import RESAMPLED

_PERCENT = 100.0


def weighted_figures(evaluation: Evaluation, facts: FilmFacts, weights: Floats) -> Figures:
    """Every figure of `RESAMPLED` on films that count as often as their weight says.

    Under whole weights each is the figure of `pleura.core.metrics` on the films repeated so often. `hd95` and its
    kin are over positives that have a mask; `nsd` counts a positive without a mask as 0; size errors are over
    positives, one without a mask as found of size 0, since healthy films would make any reader look exact.

    Args:
        evaluation: N films.
        facts: of the same films.
        weights: (rounds, N) whole numbers, at least 0.

    Returns:
        (rounds,) for each figure, in the order of the table; NaN where undefined.
    """
    judged = evaluation.judged
    figures = _overlap(judged.counts, weights) | _surfaces(evaluation, weights)
    if evaluation.scored:
        figures |= weighted_ranking(judged.scores, judged.present, weights)
        figures |= weighted_calibration(judged.probabilities, judged.present, weights, BINS)
    figures |= _sizes(judged.counts, facts, weights) | _decisions(judged.decided, judged.present, weights)
    if evaluation.augmented is not None:
        for name, decided in (("plain", evaluation.augmented.plain), ("flip", evaluation.augmented.averaged)):
            figures[f"tta_correct_{name}"] = _mean(decided == judged.present, weights)
    undefined = np.full(weights.shape[0], np.nan)
    return {name: figures.get(name, undefined) for name in RESAMPLED}


def _overlap(counts: Counts, weights: Floats) -> Figures:
    dice = dice_scores(counts.intersections, counts.predicted, counts.true)
    present = counts.true > 0
    ill, well = weights[:, present], weights[:, ~present]
    tp, predicted, true, pixels = (
        weights @ part.astype(np.float64)
        for part in (counts.intersections, counts.predicted, counts.true, counts.pixels)
    )
    return {
        "siim_dice": _mean(dice, weights),
        "siim_dice_all_empty": _mean(~present, weights),
        "dice_positives": _mean(dice[present], ill),
        "dice_positives_median": weighted_median(dice[present], ill),
        "empty_correct": _mean(counts.predicted[~present] == 0, well),
        "pooled_accuracy": ratio(pixels - predicted - true + 2 * tp, pixels),
        "pooled_precision": ratio(tp, predicted),
        "pooled_recall": ratio(tp, true),
        "pooled_f1": ratio(2 * tp, predicted + true),
        "pooled_iou": ratio(tp, predicted + true - tp),
        "kaggle_iou": _mean(kaggle_iou_scores(counts.intersections, counts.predicted, counts.true), weights),
    }


def _surfaces(evaluation: Evaluation, weights: Floats) -> Figures:
    surfaces, present = evaluation.surfaces, evaluation.judged.present
    figures: Figures = {}
    for ending, known in (("", surfaces.in_mm), ("_px", ~surfaces.in_mm)):
        judged = present & known & ~np.isnan(surfaces.nsd)
        masked = present & known & ~np.isnan(surfaces.hd95)
        figures[f"nsd{ending}"] = _mean(surfaces.nsd[judged], weights[:, judged])
        figures[f"hd95{ending}"] = _mean(surfaces.hd95[masked], weights[:, masked])
        figures[f"hd95{ending}_median"] = weighted_median(surfaces.hd95[masked], weights[:, masked])
    # A positive whose borders were compared has an `nsd` of 0 without a mask; one never compared has none.
    compared = present & ~np.isnan(surfaces.nsd)
    figures["hd95_undefined"] = _mean(np.isnan(surfaces.hd95[compared]), weights[:, compared])
    return figures


def _sizes(counts: Counts, facts: FilmFacts, weights: Floats) -> Figures:
    present = counts.true > 0
    known = present & ~np.isnan(facts.pixel_cm2)
    error = (counts.predicted - counts.true).astype(np.float64)
    share = _PERCENT * error[present] / counts.pixels[present]
    figures: Figures = {}
    for name, values, kept in (
        ("size_error", share, present),
        ("size_error_cm2", error[known] * facts.pixel_cm2[known], known),
    ):
        bias, low, high = weighted_agreement(values, weights[:, kept])
        figures |= {name: bias, f"{name}_low": low, f"{name}_high": high}
    return figures


def _decisions(decided: NDArray[np.bool_], present: NDArray[np.bool_], weights: Floats) -> Figures:
    return {
        "sensitivity": _mean(decided[present], weights[:, present]),
        "specificity": _mean(~decided[~present], weights[:, ~present]),
        "ppv": _mean(present[decided], weights[:, decided]),
        "npv": _mean(~present[~decided], weights[:, ~decided]),
        "films_correct": _mean(decided == present, weights),
    }


def _mean(values: Floats | NDArray[np.bool_], weights: Floats) -> Floats:
    return ratio(weights @ values.astype(np.float64), weights.sum(axis=1))
