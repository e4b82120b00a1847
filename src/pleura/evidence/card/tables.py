"""The tables of a card in Markdown: figures of the model's own record, and those of an evaluation with intervals."""

import math
from collections.abc import Iterable, Mapping, Sequence

from pleura.evidence.card.measured import Measured, Said
from pleura.evidence.figures.estimate import Estimate
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
"""What a model's own record is quoted with."""

_IN_STRATA = ("dice_positives", "sensitivity", "specificity", "auroc")


def quoted(figures: Mapping[str, float]) -> dict[str, float]:
    """What a card quotes of one set; `siim_dice` never without what a model that finds nothing would have there."""
    alone = "siim_dice_all_empty" not in figures
    return {name: figures[name] for name in SHOWN if name in figures and not (alone and name == "siim_dice")}


def own_figures(figures: Mapping[str, Mapping[str, float]], columns: Mapping[str, str]) -> str:
    """The figures in a model's record, a column a set of films; `columns` gives headings by set."""
    told = {key: quoted(found) for key, found in figures.items()}
    names = [name for name in SHOWN if any(name in found for found in told.values())]
    head = ["figure", *(columns.get(key, key) for key in told)]
    rows = [
        [
            f"{FIGURES[name].words} (`{name}`)",
            *(f"{found[name]:.3f}" if name in found else "" for found in told.values()),
        ]
        for name in names
    ]
    return markdown_table(head, rows)


def measured_figures(measured: Measured) -> str:
    """Every figure of an evaluation that is defined, with its interval and the films and patients it rests on.

    One over few of either stands in brackets; all bear an asterisk where the model saw films that it is judged on.
    """
    mark = "*" if measured.data.seen else ""
    rows = []
    for name, said in measured.figures.items():
        row = FIGURES.get(name)
        if row is not None and said.value is not None:
            words = f"{row.words}, {row.unit}" if row.unit else row.words
            patients = "" if said.patients is None else str(said.patients)
            rows.append([f"{words} (`{name}`)", _shown(said, mark), str(said.cases), patients])
    return markdown_table(["figure", "value (95 % interval)", "films", "patients"], rows)


def strata_table(measured: Measured) -> str:
    """A row a stratum with four figures, bracketed and marked as in `measured_figures`."""
    mark = "*" if measured.data.seen else ""
    head = ["stratum", "films / with a pneumothorax", "patients", *(FIGURES[name].words for name in _IN_STRATA)]
    rows = [
        [
            f"{group.axis}: {group.name}",
            f"{group.films} / {group.present}",
            "" if group.patients is None else str(group.patients),
            *(_shown(group.figures.get(name), mark) for name in _IN_STRATA),
        ]
        for group in measured.strata
    ]
    return markdown_table(head, rows)


def _shown(said: Said | None, mark: str) -> str:
    if said is None or said.value is None:
        return ""
    found = said.estimate()
    text = f"{_interval(found)}{mark}".replace("*", r"\*")
    return f"[{text}]" if found.few else text


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar inside a cell is escaped."""
    lines = [[cell.replace("|", r"\|") for cell in line] for line in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _interval(estimate: Estimate) -> str:
    value = f"{estimate.value:.3f}"
    if math.isnan(estimate.low):
        return value
    return f"{value} ({estimate.low:.3f} to {estimate.high:.3f})"
