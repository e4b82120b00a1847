"""How many films each figure rests on."""

from collections.abc import Sequence

import numpy as np

from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.facts import FilmFacts
from pleura.evidence.figures.table import FIGURES


def figure_cases(evaluation: Evaluation, facts: FilmFacts) -> dict[str, int]:
    """Films of each figure: of one over both kinds those of the rarer kind; 0 where it cannot be computed."""
    judged, surfaces = evaluation.judged, evaluation.surfaces
    present, nsd, hd95 = judged.present, ~np.isnan(surfaces.nsd), ~np.isnan(surfaces.hd95)
    positives, films = int(present.sum()), present.size
    by_kind = {
        "films": films,
        "positives": positives,
        "negatives": films - positives,
        "both": min(positives, films - positives),
    }
    cases = {name: by_kind[row.over] for name, row in FIGURES.items()}
    for ending, known in (("", surfaces.in_mm), ("_px", ~surfaces.in_mm)):
        cases[f"nsd{ending}"] = int((present & known & nsd).sum())
        cases[f"hd95{ending}"] = cases[f"hd95{ending}_median"] = int((present & known & hd95).sum())
    cases["hd95_undefined"] = int((present & nsd).sum())
    measured = int((present & ~np.isnan(facts.pixel_cm2)).sum())
    for name in ("size_error_cm2", "size_error_cm2_low", "size_error_cm2_high"):
        cases[name] = measured
    cases["ppv"] = int(judged.decided.sum())
    cases["npv"] = films - cases["ppv"]
    return cases | dict.fromkeys(_lacking(evaluation), 0)


def fewest_cases(runs: Sequence[Evaluation], facts: FilmFacts) -> dict[str, int]:
    """Films of each figure in the run that has the fewest."""
    counted = [figure_cases(run, facts) for run in runs]
    return {name: min(cases[name] for cases in counted) for name in FIGURES}


def _lacking(evaluation: Evaluation) -> list[str]:
    """Figures for which this reader gave nothing."""
    names = []
    if not evaluation.scored:
        names += [name for name in FIGURES if name in ("ece", "brier") or FIGURES[name].over == "both"]
    if evaluation.augmented is None:
        names += ["tta_correct_plain", "tta_correct_flip"]
    if evaluation.soft is None:
        names += [name for name, row in FIGURES.items() if not row.resampled]
    return names
