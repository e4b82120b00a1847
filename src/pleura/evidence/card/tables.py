"""The tables of a card in Markdown: figures of the model's own record, and those of an evaluation with intervals."""

import math
from collections.abc import Iterable, Mapping, Sequence

from pleura.evidence.card.measured import Group, Measured
from pleura.evidence.figures.estimate import FEW, Estimate
from pleura.evidence.figures.table import FIGURES

SHOWN = (
    "auroc",
    "ap",
    "siim_dice",
    "siim_dice_all_empty",
    "dice_positives",
    "dice_positives_median",
    "empty_correct",
    "pooled_f1",
    "pooled_iou",
    "pooled_precision",
    "pooled_recall",
)
"""What a model's own record is quoted with; `siim_dice` never without what a model that finds nothing would have."""

_IN_STRATA = ("dice_positives", "sensitivity", "specificity", "auroc")


def own_figures(figures: Mapping[str, Mapping[str, float]], columns: Mapping[str, str]) -> str:
    """The figures in a model's record, a column a set of films; `columns` gives headings by set."""
    names = [name for name in SHOWN if any(name in found for found in figures.values())]
    head = ["figure", *(columns.get(key, key) for key in figures)]
    rows = [
        [
            f"{FIGURES[name].words} (`{name}`)",
            *(f"{found[name]:.3f}" if name in found else "" for found in figures.values()),
        ]
        for name in names
    ]
    return markdown_table(head, rows)


def measured_figures(measured: Measured) -> str:
    """Every figure of an evaluation that is defined, with its interval and the cases it rests on."""
    rows = []
    for name, said in measured.figures.items():
        row = FIGURES.get(name)
        if row is not None and said.value is not None:
            words = f"{row.words}, {row.unit}" if row.unit else row.words
            rows.append([f"{words} (`{name}`)", _interval(said.estimate()), str(said.cases)])
    return markdown_table(["figure", "value (95 % interval)", "cases"], rows)


def strata_table(groups: Sequence[Group]) -> str:
    """A row a stratum with four figures; those over fewer than ten cases in brackets."""
    head = ["films", "all / with a pneumothorax", *(FIGURES[name].words for name in _IN_STRATA)]
    rows = [[f"{group.axis}: {group.name}", f"{group.films} / {group.present}", *_cells(group)] for group in groups]
    return markdown_table(head, rows)


def _cells(group: Group) -> Iterable[str]:
    for name in _IN_STRATA:
        said = group.figures.get(name)
        shown = "" if said is None or said.value is None else _interval(said.estimate())
        yield f"[{shown}]" if shown and said is not None and said.cases < FEW else shown


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    lines = [[cell.replace("|", r"\|") for cell in line] for line in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _interval(estimate: Estimate) -> str:
    value = f"{estimate.value:.3f}"
    if math.isnan(estimate.low):
        return value
    return f"{value} ({estimate.low:.3f} to {estimate.high:.3f})"
