"""The page of a data set: contact sheet, tables, sizes, and every suspicious case with its picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pleura.data.dataset import Dataset
from pleura.data.record import DatasetRecord
from pleura.data.show.histogram import area_histogram
from pleura.data.show.survey import Survey
from pleura.data.show.suspects import KINDS, Suspect
from pleura.data.show.tile import film_tile
from pleura.output.page.frame import Figure, Head, charts, note, page, section, table

_MOST_PICTURES = 48
"""Cases of one kind that get a picture: a kind with more has one cause, and the JSON lists all."""


@dataclass(frozen=True)
class Sheet:
    """The contact sheet: `films` of each kind (with and without a pneumothorax), drawn by `seed`."""

    films: int = 24
    seed: int = 0


def show_page(dataset: Dataset, found: Survey, sheet: Sheet) -> str:
    """The whole page as HTML, without scripts and without requests; no id of a film and no patient is on it."""
    record = dataset.record
    labelled = record.labelled
    head = Head(
        "Data set",
        record.name,
        "labelled" if labelled else "without labels",
        (
            f"Imported as {record.kind}, stored at {record.side} x {record.side}, by pleura {record.code_version}.",
            f"sha256 {record.sha256}",
        ),
    )
    sections = (
        _suspects(dataset, found.suspects),
        _contact_sheet(dataset, sheet),
        section("Sizes", _sizes(found, record)),
        section("Who is on the films", _population(found, record)),
        section("Lengths", _lengths(found)),
        section("Record", _record(dataset)),
    )
    return page(head, _summary(dataset, found), sections)


def _summary(dataset: Dataset, found: Survey) -> list[Figure]:
    counts = dataset.record.counts
    known = len({case.patient for case in dataset.cases if case.patient_known})
    splits = ", ".join(f"{name} {size:,}" for name, size in sorted(counts.splits.items()))
    groups = "" if known else f"{counts.patients:,} look-alike groups"
    figures = [
        Figure("Films", f"{counts.films:,}", splits),
        Figure("Patients", f"{known:,}" if known else "unknown", groups),
    ]
    if dataset.record.labelled:
        share = f"{counts.present / counts.films:.1%} of the films"
        figures.append(Figure(f"With {dataset.record.outlined}", f"{counts.present:,}", share))
        size = f"{float(np.median(found.areas)):.2%}" if found.areas else "none"
        figures.append(Figure("Median size", size, "of the film"))
    return [*figures, Figure("Suspicious cases", f"{len(found.suspects):,}", "look at them first")]


def _suspects(dataset: Dataset, suspects: Sequence[Suspect]) -> str:
    title = "Suspicious cases"
    if not suspects:
        return section(title, note("None was found by the checks named at the end of this page."))
    parts = [note("A case is a question and no verdict. Films go by their row in cases.csv, from 1.")]
    for kind, words in KINDS.items():
        cases = [suspect for suspect in suspects if suspect.kind == kind]
        if not cases:
            continue
        parts.append(f'<h3>{words} <span class="badge">{len(cases)}</span></h3>')
        if len(cases) > _MOST_PICTURES:
            parts.append(note(f"The first {_MOST_PICTURES} are shown; `pleura data show --json` lists all."))
        tiles = [_case(dataset, suspect) for suspect in cases[:_MOST_PICTURES]]
        parts.append(f'<div class="tiles">{"".join(tiles)}</div>')
    return section(title, *parts)


def _case(dataset: Dataset, suspect: Suspect) -> str:
    first, *others = suspect.films
    tiles = [film_tile(dataset, first, suspect.words)]
    tiles += [film_tile(dataset, other, f"beside film {first + 1}") for other in others]
    return "".join(tiles)


def _contact_sheet(dataset: Dataset, sheet: Sheet) -> str:
    generator = np.random.default_rng(sheet.seed)
    kinds = [(True, f"With {dataset.record.outlined}, smallest first"), (False, "Without")]
    parts = [note(f"Drawn with seed {sheet.seed}. The truth is dashed in blue.")]
    for present, title in kinds if dataset.record.labelled else [(False, "Films")]:
        films = np.flatnonzero([case.present == present for case in dataset.cases])
        drawn = generator.permutation(films)[: sheet.films].tolist()
        drawn.sort(key=lambda film: (dataset.cases[film].area, film))
        if drawn:
            tiles = "".join(film_tile(dataset, film) for film in drawn)
            parts.append(f'<h3>{title}</h3><div class="tiles">{tiles}</div>')
    return section("Contact sheet", *parts)


def _sizes(found: Survey, record: DatasetRecord) -> str:
    drawn = area_histogram(found.areas, f"Size of {record.outlined}") if record.labelled and found.areas else ""
    rows = [(size, f"{films:,}") for size, films in found.sizes]
    return charts(drawn) + table(("native rows x columns", "films"), rows)


def _population(found: Survey, record: DatasetRecord) -> str:
    labelled = record.labelled
    head = ["", "films", "patients"]
    rows: list[Sequence[str]] = []
    axis = ""
    for count in found.counts:
        if count.axis != axis:
            axis = count.axis
            rows.append((axis,))
        row = [count.name, f"{count.films:,}", f"{count.patients:,}"]
        rows.append([*row, f"{count.present:,}", f"{count.present / count.films:.1%}"] if labelled else row)
    told = note(f"Where no patient is known, look-alike groups are counted. Positive: with {record.outlined}.")
    return told + table([*head, "positive", "share"] if labelled else head, rows)


def _lengths(found: Survey) -> str:
    if not found.lengths:
        return note("No film has a known or plausible spacing: nothing can be measured in mm on this set.")
    rows = [
        (f"{each.name}, {each.unit}", *(f"{end:.3g}" for end in each.ends), f"{each.films:,}")
        for each in found.lengths
    ]
    return table(("", "least", "25 %", "median", "75 %", "most", "films"), rows)


def _record(dataset: Dataset) -> str:
    record = dataset.record
    unknown = ", ".join(f"{column} {films:,}" for column, films in record.unknown.items() if films) or "nothing"
    rows = [
        ("unknown", f"{unknown} films"),
        ("left out", f"{len(record.left_out):,} films; {record.rows_without_film:,} rows without a film"),
        *(("note", text) for text in record.notes),
        ("checks", "; ".join(words.lower() for words in KINDS.values())),
    ]
    return table(("record", ""), rows, wide=True, words=True)
