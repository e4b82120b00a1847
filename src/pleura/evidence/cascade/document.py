"""cascade.json and curve.csv: what was found of a cascade, as a program reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from pleura.data import Dataset
from pleura.data.tables import table_bytes
from pleura.evidence.cascade.cost import PREVALENCES, Cost, Passing
from pleura.evidence.cascade.curve import Point
from pleura.evidence.cascade.tune import Lost, TunedCascade
from pleura.evidence.document import figures_document
from pleura.evidence.judged import nullable
from pleura.runtime import Blend, Model

FORMAT = "pleura.cascade/1"
_NOTES = (
    "held_out is what to publish: each film is settled by the rule of the folds that hold no film of its patient; "
    "shares are means over the draws, with the exact 95 % interval of so many patients "
    "(Clopper & Pearson 1934).",
    "rule is fitted on all films; seen_by_the_rule and the curve judge those same films and are too good.",
    "of_found: positives that the full model decides for. One that it misses as well costs the cascade nothing in "
    "outlines, and stands lower in the ranking.",
    "Savings are the full model's cost by that of the cascade, at the prevalence that the name says. Multiply-adds "
    "are those of convolutions and matrix products; seconds are medians of this machine and this engine. Reading, "
    "the gate and the lungs of films with a finding come on top of both.",
    "comparison: the cascade less the full model alone, 95 % intervals by paired bootstrap over patients.",
)


def document_of(
    tuned: TunedCascade, curve: Sequence[Point], dataset: Dataset, full: Model | Blend, first: Model
) -> dict[str, Any]:
    """Plain values; numbers that are undefined are None."""
    plan, readings = tuned.plan, tuned.readings
    alone, cascade = tuned.comparison.figures
    return {
        "format": FORMAT,
        "warnings": list(tuned.comparison.warnings),
        "full": _identity(full),
        "first": _identity(first),
        "data": {
            "name": dataset.record.name,
            "sha256": dataset.record.sha256,
            "films": int(readings.scores.first.size),
            "present": int(readings.scores.present.sum()),
            "found": int(readings.scores.counted("found").sum()),
        },
        "lose": plan.rule.lose,
        "of": plan.rule.of,
        "folds": plan.folds,
        "draws": plan.draws,
        "seed": plan.seed,
        "rule": tuned.rule.model_dump(),
        "held_out": _lost(tuned.held_out),
        "seen_by_the_rule": _lost(tuned.lost),
        "multiply_adds": _cost(tuned.multiply_adds, tuned.held_out.passing),
        "seconds": _cost(tuned.seconds, tuned.held_out.passing),
        "engine": dict(readings.full.words)["engine"],
        "figures": {
            "full": figures_document(dict(alone), seen=tuned.comparison.readers[0].seen > 0),
            "cascade": figures_document(dict(cascade), seen=tuned.comparison.readers[1].seen > 0),
        },
        "comparison": {
            row.figure: {
                **nullable({name: getattr(row.difference, name) for name in ("value", "low", "high", "p")}),
                "verdict": row.verdict,
            }
            for row in tuned.comparison.contrasts[1]
        },
        "curve": [_point(point) for point in curve],
        "notes": list(_NOTES),
    }


def curve_csv(curve: Sequence[Point]) -> bytes:
    """The curve as a table."""
    return table_bytes(_COLUMNS, (tuple(_cells(point)) for point in curve))


_COLUMNS = (
    "below",
    *(f"{kind}{end}" for kind in ("lost_of_found", "lost_of_all") for end in ("", "_low", "_high")),
    "ruled_out_of_the_rest",
    *(f"saving_at_{share:g}" for share in PREVALENCES),
    "auroc",
    "dice_positives",
)


def _cells(point: Point) -> Iterator[str]:
    yield repr(point.below)
    for share in (point.lost.found, point.lost.present):
        yield from ("", "", "") if share is None else (f"{end:.6f}" for end in (share.value, share.low, share.high))
    yield f"{point.lost.absent.value:.6f}"
    yield from (f"{point.savings[share]:.4f}" for share in PREVALENCES)
    yield from (f"{point.auroc:.6f}", f"{point.dice_positives:.6f}")


def _identity(model: Model | Blend) -> dict[str, str]:
    return {"name": model.spec.name, "version": model.spec.version, "sha256": model.sha256}


def _lost(lost: Lost) -> dict[str, Any]:
    return {
        "of_found": None if lost.found is None else asdict(lost.found),
        "of_present": asdict(lost.present),
        "of_absent": asdict(lost.absent),
    }


def _cost(cost: Cost, passing: Passing) -> dict[str, Any]:
    return {
        "first": cost.first,
        "full": cost.full,
        "savings": {f"{share:g}": cost.saving(passing, share) for share in PREVALENCES},
    }


def _point(point: Point) -> dict[str, Any]:
    figures = nullable({"auroc": point.auroc, "dice_positives": point.dice_positives})
    savings = {f"{share:g}": saving for share, saving in point.savings.items()}
    return {"below": point.below, "lost": _lost(point.lost), "savings": savings, **figures}
