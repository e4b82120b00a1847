"""RUN/report.html of a system of several networks: how each fares, and the curves of the folds together."""

import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from pleura.core.files import write_text
from pleura.core.recipe import Recipe, System
from pleura.output.page.frame import Figure, Head, Link, duration, note, page, section, table
from pleura.output.page.line_chart import Chart, Line, draw_chart
from pleura.train.fold_curves import mean_and_band
from pleura.train.journal import EpochRecord
from pleura.train.report.curves import best_record
from pleura.train.report.run import REPORT, number

_JOURNAL = "metrics.jsonl"


@dataclass(frozen=True)
class Member:
    """One run of a system: what to call it, the part it belongs to, its recipe and its folder."""

    title: str
    part: str
    recipe: Recipe
    folder: Path


def write_system_report(folder: Path, system: System, members: Sequence[Member]) -> None:
    """Write the report of a whole system, atomically, from its members' journals; those to come are named too."""
    histories = {member.title: read_journal(member.folder) for member in members}
    begun = [records for records in histories.values() if records]
    seconds = sum(record.seconds for records in begun for record in records)
    state = f"{len(begun)} of {len(members)} runs begun" if len(begun) < len(members) else "all runs begun"
    reported = f"The source reports: {system.reported}" if system.reported else ""
    head = Head("System", system.name, state, (system.summary, f"Source: {system.source}", reported))
    figures = [
        Figure("Runs", f"{len(begun)} of {len(members)}"),
        Figure("Epochs", str(sum(map(len, begun)))),
        Figure("Time", duration(seconds), "of all runs together"),
    ]
    parts = [(part, list(runs)) for part, runs in groupby(members, key=lambda member: member.part)]
    sections = (
        section("Runs", _runs(folder, members, histories)),
        *(section(f"Curves of {part}", _curves(runs, histories)) for part, runs in parts),
    )
    write_text(folder / REPORT, page(head, figures, sections))


def read_journal(folder: Path) -> list[EpochRecord]:
    """The epochs of a run by its metrics.jsonl, none before the first; what is null there is NaN here."""
    path = folder / _JOURNAL
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    return [_record(json.loads(line)) for line in lines]


def _record(content: dict[str, Any]) -> EpochRecord:
    known = {name: math.nan if value is None else value for name, value in content["validation"].items()}
    return EpochRecord(**{**content, "validation": known})


def _runs(folder: Path, members: Sequence[Member], histories: dict[str, list[EpochRecord]]) -> str:
    rows = []
    for member in members:
        records, monitor = histories[member.title], member.recipe.validation.monitor
        best = best_record(records, monitor)
        there = Path(os.path.relpath(member.folder / REPORT, folder)).as_posix()
        title = Link(member.title, there) if records else member.title
        value = "none yet" if best is None else f"{number(best.validation[monitor])} (epoch {best.epoch + 1})"
        rows.append((title, monitor, value, str(len(records)), duration(sum(record.seconds for record in records))))
    return table(("run", "monitored", "best", "epochs", "time"), rows)


def _curves(runs: Sequence[Member], histories: dict[str, list[EpochRecord]]) -> str:
    begun = [histories[run.title] for run in runs if histories[run.title]]
    if not begun:
        return note("Not begun yet.")
    monitor = runs[0].recipe.validation.monitor
    span = (1.0, float(max(map(len, begun))))
    training = _band("training", [[record.train_loss for record in records] for records in begun])
    judged = {
        name: _band(title, [[record.validation.get(name) for record in records] for records in begun])
        for name, title in (("loss", "validation"), (monitor, monitor))
    }
    charts = [
        Chart(f"Monitored: {monitor}", [judged[monitor]], span),
        Chart("Loss", [training, judged["loss"]], span),
    ]
    told = f"Mean of {len(begun)} folds, shaded from the lowest to the highest." if len(begun) > 1 else ""
    return (note(told) if told else "") + f'<div class="charts">{"".join(map(draw_chart, charts))}</div>'


def _band(name: str, series: Sequence[Sequence[float | None]]) -> Line:
    """The mean over runs at each epoch where any has a value, with the range."""
    mean, low, high = mean_and_band([list(values) for values in series])
    epochs = np.flatnonzero(~np.isnan(mean))
    points = [(float(epoch + 1), float(mean[epoch])) for epoch in epochs]
    band = [(float(low[epoch]), float(high[epoch])) for epoch in epochs]
    return Line(name, points, band if len(series) > 1 else ())
