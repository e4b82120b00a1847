"""A comparison as one offline page: what differs in words, forest plots, the table, and films side by side."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from pleura.core.files import write_text
from pleura.data import Dataset
from pleura.evidence.comparison.compare import Comparison, Contrast, Verdict
from pleura.evidence.comparison.disagreement import Apart, Disagreement
from pleura.evidence.comparison.words import (
    all_empty_words,
    between,
    figure_words,
    how_tested,
    p_text,
    signed,
    summary_words,
    verdict_text,
)
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.film_tile import draw_tile
from pleura.evidence.report.opening import on_whom
from pleura.evidence.report.words import UNITS, estimate_cell, listed
from pleura.output.page.forest import Forest, ForestRow, Kind, draw_forest
from pleura.output.page.frame import Cell, Head, charts, facts, lead, note, page, section, table

PAGE = "compare.html"
_KINDS: dict[Verdict, Kind] = {
    "none": "none",
    "better": "better",
    "worse": "worse",
    "higher": "other",
    "lower": "other",
}
_IMAGE_LEVEL = frozenset(
    ("sensitivity", "specificity", "ppv", "npv", "films_correct", "tta_correct_plain", "tta_correct_flip")
) | {name for name, row in FIGURES.items() if row.over == "both"}
_MASKS, _IMAGE = "Masks, higher is better", "Image level, higher is better"
_GROUPS = (
    ("higher", "", _MASKS),
    ("higher", "", _IMAGE),
    ("lower", "", "Shares, lower is better"),
    ("lower", "mm", "Distances, lower is better"),
    ("lower", "px", "Distances, lower is better"),
    ("neither", "%", "Size error, in % of the film: nearest to 0 is best"),
    ("neither", "cm2", "Size error, in cm²: nearest to 0 is best"),
)
_KEY = '<ul class="key"><li><i class="truth"></i>truth</li><li><i class="predicted"></i>prediction</li></ul>'
_FILMS = (
    "Films by their place among those compared and a short hash of their id. The Dice of the readers lies furthest "
    "apart on these; of readers with several runs the first is shown."
)
_MARK = "Figures and differences marked * are to be read with this in mind."
_HD95 = "A Hausdorff distance is a mean over the films that a reader outlined, which need not be the same for both."


def write_page(comparison: Comparison, films: Disagreement, dataset: Dataset, folder: Path) -> None:
    """Write compare.html, atomically; it needs no other file and no network."""
    titles, baseline = list(comparison.titles), comparison.titles[comparison.baseline]
    head = Head(
        kind=f"Comparison on {dataset.record.name}",
        title=listed(titles),
        state=f"{len(titles)} readers",
        lines=(f"Baseline: {baseline}.",),
        warnings=(*comparison.warnings, _MARK) if comparison.warnings else (),
    )
    forests = (section(title, *parts) for title, parts in _forests(comparison))
    sections = (
        _opening(comparison, dataset),
        *forests,
        section("Every figure", *_tables(comparison), note(_HD95)),
        _films(comparison, films),
        section("Readers", *(_reader(comparison, place) for place in range(len(titles)))),
    )
    write_text(folder / PAGE, page(head, (), sections))


def _opening(comparison: Comparison, dataset: Dataset) -> str:
    sentences = [lead(on_whom(dataset, comparison.readers[0].runs[0]))]
    for place, rows in comparison.contrasts.items():
        sentences.append(lead(summary_words(comparison.titles[place], comparison.titles[comparison.baseline], rows)))
    sentences.append(lead(all_empty_words(comparison)))
    return section("In short", *sentences, note(how_tested(comparison.tests, comparison.rounds)))


def _forests(comparison: Comparison) -> Iterator[tuple[str, list[str]]]:
    """A section of forest plots for each reader but the baseline."""
    baseline = comparison.titles[comparison.baseline]
    for place, rows in comparison.contrasts.items():
        reader = comparison.titles[place]
        seen = f" {_MARK}" if comparison.mark(place, comparison.baseline) else ""
        drawn = "".join(draw_forest(_forest(rows, *group, sides=(baseline, reader))) for group in _GROUPS)
        key = note(
            "Full squares: the interval leaves out 0. Hollow circles: no difference shown. Faint: under ten films or "
            f"patients.{seen}"
        )
        yield f"{reader} against {baseline}", [key, charts(drawn)]


def _forest(rows: Sequence[Contrast], better: str, unit: str, title: str, *, sides: tuple[str, str]) -> Forest:
    drawn = [
        ForestRow(
            name=FIGURES[row.figure].words,
            value=row.difference.value,
            low=row.difference.low,
            high=row.difference.high,
            text=f"{signed(row.figure, row.difference.value)} ({between(row.figure, row.difference)})",
            kind=_KINDS[row.verdict],
            faint=row.difference.few,
        )
        for row in rows
        if (FIGURES[row.figure].better, FIGURES[row.figure].unit) == (better, unit)
        and row.verdict != "undefined"
        and (title not in (_MASKS, _IMAGE) or (row.figure in _IMAGE_LEVEL) == (title == _IMAGE))
    ]
    baseline, reader = (_short(side) for side in sides)
    left, right = {
        "higher": (f"{baseline} better", f"{reader} better"),
        "lower": (f"{reader} better", f"{baseline} better"),
        "neither": (f"{reader} lower", f"{reader} higher"),
    }[better]
    return Forest(title, drawn, left, right, UNITS[unit])


def _short(title: str) -> str:
    return title if len(title) <= 20 else f"{title[:19]}…"


def _tables(comparison: Comparison) -> list[str]:
    """A table of differences for each reader but the baseline, then the readers' own figures."""
    baseline = comparison.titles[comparison.baseline]
    own = table(
        ("figure", *comparison.titles),
        [
            (
                figure_words(name),
                *(
                    estimate_cell(name, figures[name], comparison.mark(place))
                    for place, figures in enumerate(comparison.figures)
                ),
            )
            for name in FIGURES
            if any(not math.isnan(figures[name].value) for figures in comparison.figures)
        ],
        wide=True,
    )
    parts = []
    for place, rows in comparison.contrasts.items():
        known = [row for row in rows if row.verdict != "undefined"]
        parts.append(f"<h3>{escape(comparison.titles[place])}, difference from {escape(baseline)}</h3>")
        head = ("figure, and what is shown", "difference, 95 % interval", "p, by Holm")
        mark = comparison.mark(place, comparison.baseline)
        parts.append(table(head, [_cells(row, mark) for row in known]))
        lacking = [figure_words(row.figure) for row in rows if row.verdict == "undefined"]
        parts.append(note(f"Undefined for one or both: {'; '.join(lacking)}.") if lacking else "")
    parts += ["<h3>Each reader</h3>", own]
    return parts


def _cells(row: Contrast, mark: str) -> tuple[Cell, ...]:
    """Three columns with a second line each, so that a phone shows them all."""
    found, faint = row.difference, row.difference.few
    few = f", {found.cases} films of {found.patients} patients only" if faint else ""
    return (
        Cell(figure_words(row.figure), verdict_text(row) + few, faint),
        Cell(signed(row.figure, found.value) + mark, between(row.figure, found), faint),
        Cell(p_text(found.p), p_text(row.corrected), faint),
    )


def _films(comparison: Comparison, films: Disagreement) -> str:
    if not any(kind.differing for kind in films.kinds):
        return section("Films", note("The readers outline every film equally well."))
    parts, several = [note(_FILMS), _KEY], " several" if len(comparison.readers) > 2 else ""
    for title, kind in zip(("With a pneumothorax", "Healthy"), films.kinds, strict=True):
        parts.append(f"<h3>{title}: Dice differs on {kind.differing:,} of {kind.films:,} films</h3>")
        drawn = "".join(_film(comparison, apart) for apart in kind.widest)
        parts.append(f'<div class="apart{several}">{drawn}</div>' if drawn else "")
    return section("Films on which they differ most", *parts)


def _film(comparison: Comparison, apart: Apart) -> str:
    tiles = "".join(
        f'<div><p class="reader">{escape(title)}</p>{draw_tile(tile)}</div>'
        for title, tile in zip(comparison.titles, apart.tiles, strict=True)
    )
    return f'<div class="tiles beside">{tiles}</div>'


def _reader(comparison: Comparison, place: int) -> str:
    reader = comparison.readers[place]
    notes = "".join(map(note, reader.notes))
    return f"<h3>{escape(reader.title)}</h3>{facts(reader.words)}{notes}"
