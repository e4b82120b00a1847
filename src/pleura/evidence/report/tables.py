"""Every figure, every stratum and the time a film takes, as tables."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from pleura.evidence.figures.estimate import FEW
from pleura.evidence.figures.summary import Stratum
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.report.definitions import DEFINITIONS
from pleura.evidence.report.reader import Reader
from pleura.evidence.report.words import estimate_cell
from pleura.output.page.frame import Cell, note, section, table

IN_STRATA = {
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "dice_positives": "mean Dice of positives",
    "empty_correct": "healthy films left empty",
    "nsd": "surface within 2 mm",
}
"""The figures that are shown of each stratum, with short names; strata.csv has them all."""

_GREY = f"Grey: fewer than {FEW} films or patients to rest on. Below each figure its 95 % interval."
_NAMES = {"%": "% of the film", "cm2": "cm²"}
_OVER = {"films": "all", "positives": "with", "negatives": "without", "both": "both kinds"}


def figures_section(readers: Sequence[Reader]) -> str:
    """The full table: what each figure is, the films it is over, and its value for each reader."""
    rows: list[tuple[str | Cell, ...]] = []
    undefined = []
    for name, row in FIGURES.items():
        named = f"{row.words}, {_NAMES[row.unit]}" if row.unit in _NAMES else row.words
        if all(math.isnan(reader.summary.figures[name].value) for reader in readers):
            undefined.append(named)
            continue
        cells = [estimate_cell(name, reader.summary.figures[name], reader.marked) for reader in readers]
        first = readers[0].summary.figures[name]
        basis = Cell(f"{first.cases:,} {_OVER[row.over]}", f"{first.patients:,} patients" if first.patients else "")
        rows.append((Cell(named, DEFINITIONS[name]), basis, *cells))
    head = ("figure", "films", *(_title(reader, readers) for reader in readers))
    left_out = note(f"Undefined on these films: {'; '.join(undefined)}.") if undefined else ""
    return section("Every figure", note(_GREY), table(head, rows, wide=True), left_out)


def strata_section(readers: Sequence[Reader]) -> str:
    """The strata of each reader: where it is better and where it fails."""
    parts = []
    for reader in readers:
        if len(readers) > 1:
            parts.append(note(reader.judgement.title))
        if reader.summary.strata:
            head = ("stratum", "films / patients", *IN_STRATA.values())
            parts.append(table(head, _strata(reader), wide=True))
    return section("Where it does well and where not", note(_GREY), *parts) if any(parts) else ""


def _strata(reader: Reader) -> Iterator[tuple[str | Cell, ...]]:
    for axis, strata in groupby(reader.summary.strata, key=lambda stratum: stratum.axis):
        yield (axis,)
        for stratum in strata:
            cells = [_cell(stratum, name, reader.marked) for name in IN_STRATA]
            few = min(stratum.films, stratum.patients) < FEW
            number = Cell(f"{stratum.films:,} / {stratum.patients:,}", f"{stratum.positives:,} with", few)
            yield (stratum.name, number, *cells)


def _cell(stratum: Stratum, name: str, mark: str) -> Cell:
    estimate = stratum.figures.get(name)
    return Cell("-", faint=True) if estimate is None else estimate_cell(name, estimate, mark)


def timing_section(readers: Sequence[Reader]) -> str:
    """Seconds a film by stage, and films a minute; nothing for outlines that were given as files."""
    timed = [reader for reader in readers if reader.judgement.timings]
    stages = list(dict.fromkeys(stage for reader in timed for stage in reader.judgement.timings))
    rows = [(stage, *(_seconds(reader.judgement.timings.get(stage)) for reader in timed)) for stage in stages]
    totals = [sum(reader.judgement.timings.values()) for reader in timed]
    rows.append(("all", *(_seconds(total) for total in totals)))
    rows.append(("films a minute", *(f"{60 / total:.3g}" if total > 0 else "-" for total in totals)))
    if not timed:
        return ""
    head = ("seconds a film", *(_title(reader, timed) for reader in timed))
    told = note("Mean over the films, on the machine that made this report; reading and scoring are part of it.")
    return section("Time", told, table(head, rows))


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.3f}"


def _title(reader: Reader, readers: Sequence[Reader]) -> str:
    return reader.judgement.title if len(readers) > 1 else "value"
