"""What the terminal shows of a reader's figures: warnings first, then figures with intervals, doubtful ones grey."""

import math

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pleura.core.metrics import OVERLAP_NAMES
from pleura.data import Dataset
from pleura.evidence.document import Assessment
from pleura.evidence.figures.estimate import FEW, Estimate
from pleura.evidence.figures.table import FIGURES, SOFT_IOU

_NAMES = {
    "Masks": (*OVERLAP_NAMES, SOFT_IOU),
    "Surfaces": tuple(name for name in FIGURES if name.startswith(("nsd", "hd95"))),
    "Size": tuple(name for name in FIGURES if name.startswith("size_error")),
}
_LEFT = "Image level"
"""The group of every other figure."""


def show_assessment(assessment: Assessment, dataset: Dataset, console: Console | None = None) -> None:
    """Print one reader's figures to stdout; figures that are undefined on these films are left out."""
    console = console or Console()
    judgement, beside = assessment.judgement, assessment.beside
    judged = judgement.runs[0].judged
    films = f"{judged.present.size} films, {int(judged.present.sum())} with a pneumothorax"
    runs = f", mean of {len(judgement.runs)} runs" if len(judgement.runs) > 1 else ""
    for warning in judgement.warnings:
        console.print(f"[bold yellow]Warning:[/] {escape(warning)}", highlight=False)
    title = f"{judgement.title} ({judgement.kind}) on {dataset.record.name}: {films}{runs}"
    table = Table(title=escape(title), title_justify="left", pad_edge=False)
    table.add_column("figure", overflow="fold")
    for name in (
        "value",
        "95 % interval",
        "films",
        "patients",
        *([] if beside is None else [f"on {beside[0]} films"]),
    ):
        table.add_column(name, justify="right", no_wrap=True)
    grouped = {group: [name for name in names if name in assessment.summary.figures] for group, names in groups()}
    for group, names in grouped.items():
        shown = [name for name in names if not math.isnan(assessment.summary.figures[name].value)]
        if shown:
            table.add_section()
            table.add_row(f"[bold]{group}[/]")
        for name in shown:
            figure = assessment.summary.figures[name]
            second = [] if beside is None else [_value(beside[1].figures[name].value)]
            cells = (*_cells(figure, judgement.seen > 0), *second)
            table.add_row(f"{escape(_words(name))}", *cells, style="dim" if figure.few else None)
    console.print(table)
    for line in _legend(assessment):
        console.print(escape(line), style="dim", highlight=False)


def groups() -> list[tuple[str, tuple[str, ...]]]:
    """Every figure's name, by what it is about."""
    taken = {name for names in _NAMES.values() for name in names}
    rest = tuple(name for name in FIGURES if name not in taken)
    return [("Masks", _NAMES["Masks"]), (_LEFT, rest), ("Surfaces", _NAMES["Surfaces"]), ("Size", _NAMES["Size"])]


def _words(name: str) -> str:
    row = FIGURES[name]
    return f"{row.words}, {row.unit}" if row.unit else row.words


def _cells(figure: Estimate, seen: bool) -> tuple[str, ...]:
    interval = "" if math.isnan(figure.low) else f"{_value(figure.low)} to {_value(figure.high)}"
    return _value(figure.value) + ("*" if seen else ""), interval, str(figure.cases), str(figure.patients)


def _value(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _legend(assessment: Assessment) -> list[str]:
    lines = []
    if any(figure.few and not math.isnan(figure.value) for figure in assessment.summary.figures.values()):
        lines.append(f"Grey: over fewer than {FEW} films or patients.")
    if assessment.judgement.seen:
        lines.append(f"*: the reader saw, or may have seen, {assessment.judgement.seen} of these films.")
    return [*lines, *assessment.judgement.notes]
