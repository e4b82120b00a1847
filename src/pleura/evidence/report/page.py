"""report.html of an evaluation: one offline page about one reader, or several beside each other."""

from collections.abc import Sequence
from pathlib import Path

from pleura.core.files import write_text
from pleura.data import Dataset
from pleura.evidence.report.opening import headline, opening_section, page_head
from pleura.evidence.report.reader import Reader, Rounds
from pleura.output.page.frame import page

REPORT = "report.html"


def write_report(folder: Path, dataset: Dataset, readers: Sequence[Reader], rounds: Rounds = Rounds()) -> None:  # noqa: B008 - frozen
    """Write the report, atomically, as report.html; it needs no other file and no network.

    Args:
        folder: made if it is not there.
        dataset: the films' set.
        readers: at least one; of several, each judged on the same films in the same order.
        rounds: of the bootstrap that made the intervals.

    Raises:
        ValueError: no reader, or readers of different films.
    """
    _check(readers)
    sections = (opening_section(dataset, readers, rounds),)
    write_text(folder / REPORT, page(page_head(dataset, readers), headline(readers), sections))


def _check(readers: Sequence[Reader]) -> None:
    if not readers:
        raise ValueError("a report is about at least one reader")
    films = readers[0].first.films.tolist()
    if any(run.films.tolist() != films for reader in readers for run in reader.judgement.runs):
        raise ValueError("readers of one report are judged on the same films in the same order")
