"""report.html of an evaluation: one offline page about one reader, or several beside each other."""

from collections.abc import Sequence
from pathlib import Path

from pleura.core.files import write_text
from pleura.data import Dataset
from pleura.data.groups import film_groups
from pleura.evidence.report.checklist import checklist_section
from pleura.evidence.report.confusions import confusion_matrices
from pleura.evidence.report.curves import curve_plots
from pleura.evidence.report.films import galleries
from pleura.evidence.report.methods import methods_section, record_section
from pleura.evidence.report.opening import headline, opening_section, page_head
from pleura.evidence.report.population import population_section
from pleura.evidence.report.reader import Reader, Rounds
from pleura.evidence.report.sizes import size_plots
from pleura.evidence.report.tables import figures_section, strata_section, timing_section
from pleura.output.page.frame import charts, note, page, section
from pleura.output.page.matrix import draw_matrix
from pleura.output.page.plot import draw_plot

REPORT = "report.html"
_SHADES = "The deeper a cell is shaded, the larger is its share of its row: blue is right, orange is wrong."


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
    groups = film_groups(dataset, readers[0].first.films)
    curves = "".join(map(draw_plot, curve_plots(readers, groups, rounds)))
    sizes = "".join(map(draw_plot, size_plots(readers)))
    matrices = "".join(map(draw_matrix, confusion_matrices(readers)))
    sections = (
        opening_section(readers, rounds),
        section("Telling films apart", charts(curves)),
        section("Right and wrong at the decision", charts(matrices), note(_SHADES)),
        section("Size", charts(sizes)),
        strata_section(readers),
        *galleries(readers),
        figures_section(readers),
        population_section(dataset, readers[0].first),
        timing_section(readers),
        methods_section(dataset, readers, rounds),
        record_section(dataset, readers, rounds),
        checklist_section(),
    )
    write_text(folder / REPORT, page(page_head(dataset, readers), headline(readers), sections))


def _check(readers: Sequence[Reader]) -> None:
    if not readers:
        raise ValueError("a report is about at least one reader")
    films = readers[0].first.films.tolist()
    if any(run.films.tolist() != films for reader in readers for run in reader.judgement.runs):
        raise ValueError("readers of one report are judged on the same films in the same order")
