"""What the terminal shows of a comparison: warnings first, then a table for each reader beside the baseline."""

import math

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pleura.evidence.comparison.compare import Comparison, Contrast
from pleura.evidence.comparison.words import (
    all_empty_words,
    between,
    figure_words,
    how_tested,
    p_text,
    plain,
    signed,
    summary_words,
    verdict_text,
)
from pleura.evidence.figures.estimate import FEW


def show_comparison(comparison: Comparison) -> None:
    """Print every difference that is defined to stdout, doubtful ones grey."""
    console = Console(highlight=False)
    for warning in comparison.warnings:
        console.print(f"[bold yellow]Warning:[/] {escape(warning)}")
    if comparison.warnings:
        console.print("*: to be read with this in mind.")
    for place, rows in comparison.contrasts.items():
        console.print(_table(comparison, place, rows))
        reader, baseline = comparison.titles[place], comparison.titles[comparison.baseline]
        console.print(escape(summary_words(reader, baseline, rows)))
    console.print(all_empty_words(comparison))
    if any(row.difference.few for rows in comparison.contrasts.values() for row in rows):
        console.print(f"Grey: over fewer than {FEW} films or patients.", style="dim")
    console.print(escape(how_tested(comparison.tests, comparison.rounds)), style="dim")


def _table(comparison: Comparison, place: int, rows: tuple[Contrast, ...]) -> Table:
    baseline, reader = (escape(comparison.titles[which]) for which in (comparison.baseline, place))
    mark = comparison.mark(place, comparison.baseline)
    table = Table(title=f"{reader} against {baseline}", title_justify="left", pad_edge=False, box=SIMPLE_HEAD)
    table.add_column("figure", overflow="fold")
    for name in ("baseline", "reader", "difference", "p, Holm"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        if row.verdict == "undefined":
            continue
        values = (comparison.figures[which][row.figure].value for which in (comparison.baseline, place))
        table.add_row(
            f"{escape(figure_words(row.figure))}\n[italic]{verdict_text(row)}[/italic]",
            *(plain(row.figure, value) for value in values),
            f"{signed(row.figure, row.difference.value)}{mark}\n{between(row.figure, row.difference)}",
            f"{p_text(row.difference.p)}\n{p_text(row.corrected)}",
            style="dim" if row.difference.few or math.isnan(row.difference.p) else None,
        )
    return table
