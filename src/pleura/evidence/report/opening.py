"""How a report begins: what is to be known first, in words, and the few figures that matter most."""

from collections.abc import Sequence
from html import escape

from pleura.data import Dataset
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.report.reader import Reader, Rounds
from pleura.evidence.report.words import (
    estimate_cell,
    in_percent,
    interval_text,
    listed,
    share_text,
    value_text,
    with_interval,
)
from pleura.output.page.frame import Cell, Figure, Head, lead, note, section, table

HEADLINE = ("auroc", "sensitivity", "specificity", "dice_positives", "empty_correct", "siim_dice")
"""The figures of the summary; the last never stands without the score of a reader that finds nothing."""

_KINDS = {
    "fixed": ("fixed decision", "It was judged with the decision that its model file holds."),
    "cross-fit": (
        "cross-fit",
        "Every film was judged by a decision (and calibration) fitted on other patients, never on its own.",
    ),
    "predictions": ("given masks", "Its masks were given as files and judged as they are."),
}
_MARK = "Figures marked * are to be read with this in mind."


def page_head(dataset: Dataset, readers: Sequence[Reader]) -> Head:
    """The page's head, with every reader's warnings in a box."""
    several = len(readers) > 1
    titles = [reader.judgement.title for reader in readers]
    warnings = [
        f"{reader.judgement.title}: {warning}." if several else f"{warning[:1].upper()}{warning[1:]}."
        for reader in readers
        for warning in reader.judgement.warnings
    ]
    state = f"{len(readers)} readers" if several else _KINDS[readers[0].judgement.kind][0]
    return Head(
        kind=f"Evaluation on {dataset.record.name}",
        title=listed(titles),
        state=state,
        lines=(on_whom(dataset, readers[0].first),),
        warnings=(*warnings, _MARK) if warnings else (),
    )


def headline(readers: Sequence[Reader]) -> list[Figure]:
    """The figures that matter most, of one reader; several have a table of them instead."""
    if len(readers) > 1:
        return []
    (reader,) = readers
    figures = reader.summary.figures
    return [
        Figure(
            FIGURES[name].words,
            value_text(name, figures[name].value) + reader.marked,
            _below(name, reader),
            faint=figures[name].few,
        )
        for name in HEADLINE
    ]


def _below(name: str, reader: Reader) -> str:
    estimate = reader.summary.figures[name]
    sure = interval_text(name, estimate)
    parts = [f"95 %: {sure}"] if sure else []
    if name == "siim_dice":
        empty = reader.summary.figures["siim_dice_all_empty"].value
        return " · ".join([*parts, f"all empty {value_text(name, empty)}"])
    return " · ".join([*parts, _over(name, reader)])


def _over(name: str, reader: Reader) -> str:
    present, patients = reader.first.judged.present, reader.summary.figures[name].patients
    ill, healthy = int(present.sum()), int((~present).sum())
    if FIGURES[name].over == "both":
        return f"{ill:,} with, {healthy:,} without"
    films = f"{ill:,} films with" if FIGURES[name].over == "positives" else f"{healthy:,} without"
    return films if patients is None else f"{films}, {patients:,} patients"


def opening_section(readers: Sequence[Reader], rounds: Rounds) -> str:
    """How good and how sure, in sentences."""
    parts = []
    for reader in readers:
        said = how_good(reader)
        parts.append(f"<h3>{escape(reader.judgement.title)}</h3>" if len(readers) > 1 else "")
        parts.append("".join(lead(sentence) for sentence in said))
    if len(readers) > 1:
        parts.append(_beside(readers))
    return section("In short", *parts, note(how_sure(readers, rounds)))


def on_whom(dataset: Dataset, evaluation: Evaluation) -> str:
    """How many films of how many patients, and how many show a pneumothorax."""
    cases = [dataset.cases[int(index)] for index in evaluation.films]
    known = sum(case.patient_known for case in cases)
    patients = len({case.patient for case in cases})
    present = int(evaluation.judged.present.sum())
    whose = f"{patients:,} patients" if known == len(cases) else f"{patients:,} patients or groups of alike films"
    return f"Judged on {len(cases):,} films of {whose}; {share_text(present, len(cases))} truly show a pneumothorax."


def how_good(reader: Reader) -> list[str]:
    """What the figures say, a sentence each; a figure that is undefined says so or is left out with its sentence."""
    figures, mark = reader.summary.figures, reader.marked
    found = [
        f"It found {in_percent(figures['sensitivity'])}{mark} of the films with a pneumothorax and called "
        f"{in_percent(figures['specificity'])}{mark} of the healthy films healthy.",
        f"Where there was one, its outline and the true one agreed with a mean Dice of "
        f"{with_interval(figures['dice_positives'])}{mark}; on healthy films the mask stayed empty "
        f"in {in_percent(figures['empty_correct'])}{mark}.",
    ]
    if reader.first.scored:
        found.append(
            "Of a film with and one without, its score ranks the one with a pneumothorax higher in "
            f"{in_percent(figures['auroc'])}{mark} of all pairs (AUROC)."
        )
    else:
        found.append("It gave no scores: it can be judged at its decision only, neither ranked nor calibrated.")
    found.append(
        f"SIIM Dice {with_interval(figures['siim_dice'])}{mark}; a reader that never finds anything "
        f"would score {value_text('siim_dice_all_empty', figures['siim_dice_all_empty'].value)} on these films."
    )
    return found


def how_sure(readers: Sequence[Reader], rounds: Rounds) -> str:
    """Where intervals come from and what they do not hold."""
    said = [
        f"Intervals hold the middle 95 % of {rounds.count:,} bootstrap rounds that draw patients, not films; that of "
        "a share of 0 or 1 is exact, each patient counted once.",
        "They say how far chance in the choice of these patients goes; another hospital may lie outside.",
        *dict.fromkeys(_KINDS[reader.judgement.kind][1] for reader in readers),
    ]
    runs = max(len(reader.judgement.runs) for reader in readers)
    if runs > 1:
        said.append(f"Figures are the mean over {runs} draws of the folds; single films are shown as in the first.")
    said.append("For scale: two readers of CANDID-PTX agree with a Dice of 0.712 ± 0.044 (arXiv 2303.01615).")
    return " ".join(said)


def _beside(readers: Sequence[Reader]) -> str:
    """The headline figures of several readers, a column each."""
    rows: list[tuple[str | Cell, ...]] = []
    for name in (*HEADLINE, "siim_dice_all_empty"):
        cells = [estimate_cell(name, reader.summary.figures[name], reader.marked) for reader in readers]
        rows.append((FIGURES[name].words, *cells))
    return table(("figure", *(reader.judgement.title for reader in readers)), rows, wide=True)
