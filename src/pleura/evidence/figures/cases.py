"""How many films, of how many patients, each figure rests on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.estimate import Basis
from pleura.evidence.figures.facts import FilmFacts
from pleura.evidence.figures.table import FIGURES

Groups = NDArray[np.int64]


def basis_of(films: NDArray[np.bool_], groups: Groups) -> Basis:
    """How many films, (N,) bool, and of how many patients, (N,)."""
    return Basis(int(films.sum()), int(np.unique(groups[films]).size))


def rarer_kind(present: NDArray[np.bool_], groups: Groups) -> Basis:
    """The fewer of the films with and without a pneumothorax, and the fewer of their patients."""
    return _fewest([basis_of(present, groups), basis_of(~present, groups)])


def figure_bases(evaluation: Evaluation, facts: FilmFacts, groups: Groups) -> dict[str, Basis]:
    """What each figure rests on: of one over both kinds the rarer kind; nothing where it cannot be computed."""
    judged, surfaces = evaluation.judged, evaluation.surfaces
    present, nsd, hd95 = judged.present, ~np.isnan(surfaces.nsd), ~np.isnan(surfaces.hd95)

    def basis(films: NDArray[np.bool_]) -> Basis:
        return basis_of(films, groups)

    by_kind = {
        "films": basis(np.ones(present.size, dtype=np.bool_)),
        "positives": basis(present),
        "negatives": basis(~present),
        "both": rarer_kind(present, groups),
    }
    bases = {name: by_kind[row.over] for name, row in FIGURES.items()}
    for ending, known in (("", surfaces.in_mm), ("_px", ~surfaces.in_mm)):
        bases[f"nsd{ending}"] = basis(present & known & nsd)
        bases[f"hd95{ending}"] = bases[f"hd95{ending}_median"] = basis(present & known & hd95)
    bases["hd95_undefined"] = basis(present & nsd)
    measured = basis(present & ~np.isnan(facts.pixel_cm2))
    bases |= dict.fromkeys(("size_error_cm2", "size_error_cm2_low", "size_error_cm2_high"), measured)
    bases |= {"ppv": basis(judged.decided), "npv": basis(~judged.decided)}
    return bases | dict.fromkeys(_lacking(evaluation), Basis(0, 0))


def fewest_bases(runs: Sequence[Evaluation], facts: FilmFacts, groups: Groups) -> dict[str, Basis]:
    """Films and patients of each figure in the run that has the fewest."""
    counted = [figure_bases(run, facts, groups) for run in runs]
    return {name: _fewest([bases[name] for bases in counted]) for name in FIGURES}


def _fewest(bases: Sequence[Basis]) -> Basis:
    return Basis(min(basis.cases for basis in bases), min(basis.patients for basis in bases))


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
