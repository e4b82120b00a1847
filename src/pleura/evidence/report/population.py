"""Whose films these are, as far as the data set knows: a table of what a reviewer asks first."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from pleura.data import Case, Dataset
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.report.words import share_text
from pleura.output.page.frame import note, section, table

_SEX = {"F": "female", "M": "male", "unknown": "unknown"}


def population_section(dataset: Dataset, evaluation: Evaluation) -> str:
    """Films, patients, view, sex, age, size and spacing, of films with and without a pneumothorax."""
    cases = [dataset.cases[int(index)] for index in evaluation.films]
    groups = (cases, [case for case in cases if case.present], [case for case in cases if not case.present])
    rows: list[tuple[str, ...]] = [
        ("films", *(f"{len(group):,}" for group in groups)),
        ("patients", *(f"{len({case.patient for case in group}):,}" for group in groups)),
        ("age, years: median (range)", *map(_ages, groups)),
        *_shares("sex", groups, lambda case: _SEX[case.sex]),
        *_shares("view", groups, lambda case: str(case.view)),
        *_shares("site", groups, lambda case: case.site or "unknown"),
        ("true size, % of the film: median (quartiles)", "", _areas(groups[1]), ""),
        (
            "spacing known",
            *(share_text(sum(case.row_mm is not None for case in group), len(group)) for group in groups),
        ),
    ]
    told = note("A patient whose films are of both kinds counts in both columns.")
    return section("On whom", table(("", "all", "with pneumothorax", "without"), rows), told)


def _shares(name: str, groups: Sequence[Sequence[Case]], key: Callable[[Case], str]) -> list[tuple[str, ...]]:
    """A row for each value that occurs, the most frequent first."""
    counted = [Counter(map(key, group)) for group in groups]
    return [
        (
            f"{name}: {value}",
            *(share_text(count[value], len(group)) for count, group in zip(counted, groups, strict=True)),
        )
        for value, _ in counted[0].most_common()
    ]


def _ages(group: Sequence[Case]) -> str:
    ages = [case.age for case in group if case.age is not None]
    if not ages:
        return "unknown"
    unknown = f", {len(group) - len(ages)} unknown" if len(ages) < len(group) else ""
    return f"{np.median(ages):.0f} ({min(ages):.0f} to {max(ages):.0f}){unknown}"


def _areas(group: Sequence[Case]) -> str:
    if not group:
        return ""
    low, middle, high = np.percentile([100 * case.area for case in group], (25, 50, 75))
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"
