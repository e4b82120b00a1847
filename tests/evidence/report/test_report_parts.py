import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.report import Rounds
from pleura.evidence.report.checklist import CLAIM, TRIPOD
from pleura.evidence.report.confusions import confusion_matrices
from pleura.evidence.report.curves import curve_plots, wilson
from pleura.evidence.report.definitions import DEFINITIONS
from pleura.evidence.report.methods import methods
from pleura.evidence.report.opening import how_good, how_sure, on_whom
from pleura.evidence.report.population import population_section
from pleura.evidence.report.sizes import size_plots
from pleura.evidence.report.tables import figures_section, strata_section, timing_section
from pleura.evidence.report.words import in_percent, interval_text, listed, value_text, with_interval

ROUNDS = Rounds(20, 0)


def with_figure(reader, name, estimate):
    return replace(reader, summary=replace(reader.summary, figures={**reader.summary.figures, name: estimate}))


def test_every_figure_is_defined_in_plain_words():
    assert set(DEFINITIONS) == set(FIGURES)
    assert all(words.endswith(".") for words in DEFINITIONS.values())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("auroc", 0.9484, "0.948", id="a share"),
        pytest.param("hd95", 12.34, "12.3 mm", id="a length"),
        pytest.param("size_error", -0.416, "-0.42 %", id="a signed percentage"),
        pytest.param("ap", math.nan, "undefined", id="undefined"),
    ],
)
def test_a_figure_has_its_unit_and_its_digits(name, value, expected):
    assert value_text(name, value) == expected


def test_intervals_in_words():
    sure = Estimate(0.917, 0.842, 0.981, 39)
    assert in_percent(sure) == "92 % (95 % interval 84 to 98 %)"
    assert with_interval(sure) == "0.92 (0.84 to 0.98)"
    assert interval_text("auroc", sure) == "0.842 to 0.981"
    assert interval_text("auroc", Estimate(0.5, math.nan, math.nan, 3)) == ""
    assert in_percent(Estimate(1.0, math.nan, math.nan, 35)) == "100 % (of 35 films)"
    assert in_percent(Estimate(math.nan, math.nan, math.nan, 0)) == "an undefined share"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_the_opening_counts_films_and_patients(dataset, reader):
    told = on_whom(dataset, reader.first)
    assert "16 films" in told
    assert "8 (50 %) truly show" in told
    assert "50" in how_sure([reader], Rounds(50))
    assert len(how_good(reader)) == 4


def test_draws_are_told_of(reader):
    twice = replace(reader, judgement=replace(reader.judgement, runs=(reader.first,) * 3, kind="cross-fit"))
    assert "mean over 3 draws" in how_sure([twice], ROUNDS)
    films = confusion_matrices([twice])[0]
    assert films.note == "Mean of 3 draws."
    assert films.counts == reader.first.judged.film_confusion().matrix().tolist()


def test_the_decision_stands_on_the_roc_where_its_rates_are(dataset, reader):
    groups = np.arange(reader.first.films.size)
    roc, precision, reliability = curve_plots([reader], groups, ROUNDS)
    figures = reader.summary.figures
    across, up = roc.signs[0].point
    assert (1 - across, up) == pytest.approx((figures["specificity"].value, figures["sensitivity"].value))
    assert len(roc.curves[0].points) == len(roc.curves[0].band)
    assert precision.guides[0].start[1] == 0.5
    (tenths,) = reliability.dots
    assert sum(int(text) for text in tenths.texts) == 16
    assert all(low <= share <= high for (low, high), (_, share) in zip(tenths.reach, tenths.points, strict=True))


def test_a_tenth_whose_films_are_of_one_patient_is_as_unsure_as_one_film(reader):
    alone, apart = (
        curve_plots([reader], groups, ROUNDS)[2].dots[0].reach
        for groups in (np.zeros(reader.first.films.size, np.int64), np.arange(reader.first.films.size))
    )
    assert all(low <= 0.21 or high >= 0.79 for low, high in alone)
    assert sum(high - low for low, high in alone) > sum(high - low for low, high in apart)


@pytest.mark.parametrize(("share", "trials"), [(0.0, 1), (0.0, 12), (0.3, 10), (0.5, 7), (1.0, 31)])
def test_intervals_of_shares_are_those_of_scipy(share, trials):
    found = binomtest(round(share * trials), trials).proportion_ci(method="wilson")
    exact = round(share * trials) / trials
    assert wilson(exact, trials) == pytest.approx((found.low, found.high), abs=1e-6)


def test_sizes_of_positives_alone_are_drawn_within_their_axes(reader):
    for plot in size_plots([reader]):
        points = plot.dots[0].points
        assert len(points) == 8
        assert all(plot.x.low <= x <= plot.x.high and plot.y.low <= y <= plot.y.high for x, y in points)


def test_the_limits_of_agreement_are_those_of_the_figures(reader):
    altman = size_plots([reader])[-1]
    drawn = sorted(guide.start[1] for guide in altman.guides if guide.firm)
    names = ("size_error_low", "size_error", "size_error_high")
    assert drawn == pytest.approx([reader.summary.figures[name].value for name in names])


def test_a_set_without_a_pneumothorax_has_no_plots_of_size(reader):
    healthy = np.flatnonzero(~reader.first.judged.present)
    none = replace(reader, judgement=replace(reader.judgement, runs=(reader.first.take(healthy),)))
    assert size_plots([none]) == []


def test_figures_over_few_films_are_grey_and_undefined_ones_are_named(reader):
    few = figures_section([with_figure(reader, "auroc", Estimate(0.9, 0.8, 1.0, 9))])
    assert 'class="number faint">0.900<' in few
    enough = figures_section([with_figure(reader, "auroc", Estimate(0.9, 0.8, 1.0, 10))])
    assert 'class="number">0.900<' in enough
    one_patient = figures_section([with_figure(reader, "auroc", Estimate(0.9, 0.8, 1.0, 14, 1))])
    assert 'class="number faint">0.900<' in one_patient
    assert "Undefined on these films" in figures_section(
        [with_figure(reader, "auroc", Estimate(math.nan, math.nan, math.nan, 0))]
    )


def test_every_stratum_has_a_row(reader):
    drawn = strata_section([reader])
    assert drawn.count("<tr>") == len(reader.summary.strata) + 1
    assert drawn.count('class="over"') == len({stratum.axis for stratum in reader.summary.strata})


def test_stages_and_their_sum_are_timed(reader, outliner):
    drawn = timing_section([replace(reader, judgement=replace(reader.judgement, timings={"a": 0.25, "b": 0.5}))])
    assert '<td>all</td><td class="number">0.750</td>' in drawn
    assert '<td>films a minute</td><td class="number">80</td>' in drawn
    assert timing_section([outliner]) == ""


def test_the_methods_say_how_the_reader_was_judged(dataset, reader, outliner):
    told = methods(dataset, [reader, outliner], Rounds(1234, 5))
    assert "16 frontal chest radiographs" in told
    assert "1,234 bootstrap replicates" in told
    assert "seed 5" in told
    assert reader.judgement.model.sha256[:12] in told
    assert "outlines that were given as files. Caution: it saw" in told
    assert "tolerance of 2 px" in told


def test_ages_that_are_not_known_are_said_to_be_so(dataset, reader):
    assert "unknown" in population_section(dataset, reader.first)


def test_the_guidelines_are_whole():
    for items, last in ((CLAIM, 44), (TRIPOD, 27)):
        numbers = [item.number.strip("abcdefg") for item in items]
        covered = set()
        for number in numbers:
            ends = [int(end.strip("abcdefg")) for end in number.split("-")]
            covered |= set(range(ends[0], ends[-1] + 1))
        assert covered == set(range(1, last + 1))
        assert {item.answer for item in items} == {"yes", "in part", "no"}
