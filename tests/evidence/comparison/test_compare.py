import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, permutation_test

from pleura.core.metrics import dice_scores
from pleura.evidence.comparison.compare import COMPARED, Contrast, compare
from pleura.evidence.comparison.holm import holm
from pleura.evidence.comparison.words import between, p_text, signed, verdict_text
from pleura.evidence.figures.paired import Difference

ROUNDS = 400


@pytest.fixture(scope="module")
def comparison(dataset, readers):
    return compare([readers[name] for name in ("perfect", "shifted", "empty")], dataset, rounds=ROUNDS)


def row(comparison, place, name):
    return next(row for row in comparison.contrasts[place] if row.figure == name)


def test_a_difference_is_reader_minus_baseline(comparison):
    for place in (1, 2):
        for name in ("dice_positives", "siim_dice", "sensitivity"):
            expected = comparison.figures[place][name].value - comparison.figures[0][name].value
            assert row(comparison, place, name).difference.value == pytest.approx(expected, abs=1e-12)
    assert row(comparison, 2, "dice_positives").difference.value == -1.0
    assert row(comparison, 2, "dice_positives").verdict == "worse"


def test_the_same_outlines_show_no_difference(dataset, readers):
    twice = compare([readers["shifted"], readers["shifted"]], dataset, rounds=50)
    known = [row for row in twice.contrasts[1] if row.verdict != "undefined"]
    assert known
    assert {row.verdict for row in known} == {"none"}
    assert {row.difference.p for row in known} == {1.0}
    assert twice.titles == ("shifted (1)", "shifted (2)")


def test_figures_of_ranking_are_undefined_without_scores(comparison):
    assert row(comparison, 1, "auroc").verdict == "undefined"
    assert math.isnan(row(comparison, 1, "auroc").corrected)


def test_the_baseline_may_be_any_reader(dataset, readers):
    chosen = [readers[name] for name in ("perfect", "shifted")]
    forth, back = (compare(chosen, dataset, baseline, rounds=ROUNDS) for baseline in (0, 1))
    assert list(back.contrasts) == [0]
    one, other = row(forth, 1, "siim_dice").difference, row(back, 0, "siim_dice").difference
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low))
    assert other.p == one.p


def test_p_is_that_of_a_paired_permutation_test(dataset, readers):
    # Every film is a patient of its own here, and 8 positives make 256 permutations, of which scipy tries each.
    pair = [readers["perfect"], readers["shifted"]]
    counts = [reader.runs[0].judged.counts for reader in pair]
    dice = [dice_scores(each.intersections, each.predicted, each.true)[counts[0].true > 0] for each in counts]
    dice[1] = dice[1].copy()
    exact = permutation_test(
        dice, lambda one, two, axis: np.mean(two - one, axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    found = row(compare(pair, dataset, rounds=20_000), 1, "dice_positives").difference
    assert found.p == pytest.approx(exact.pvalue, abs=0.003)


def test_correction_counts_every_figure_of_every_reader(comparison):
    known = [row for rows in comparison.contrasts.values() for row in rows if not math.isnan(row.difference.p)]
    assert comparison.tests == len(known)
    least = min(known, key=lambda row: row.difference.p)
    assert least.corrected == pytest.approx(min(1.0, least.difference.p * len(known)))
    assert all(row.corrected >= row.difference.p for row in known)
    assert {row.figure for row in comparison.contrasts[1]} == set(COMPARED)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.randoms())
def test_holm_never_lowers_p_keeps_the_order_and_lies_between_its_neighbours(chances, random):
    corrected = holm(chances)
    assert all(p <= q <= min(1.0, p * len(chances)) + 1e-12 for p, q in zip(chances, corrected, strict=True))
    order = np.argsort(chances, kind="stable")
    assert np.all(np.diff(np.array(corrected)[order]) >= 0)
    # Benjamini & Yekutieli's or Hochberg's may be smaller; Benjamini & Hochberg's is never larger than Holm's.
    assert np.all(false_discovery_control(chances) <= np.array(corrected) + 1e-12)
    shuffled = list(range(len(chances)))
    random.shuffle(shuffled)
    assert holm([chances[place] for place in shuffled]) == [corrected[place] for place in shuffled]


def test_holm_by_hand_and_with_tests_that_are_none():
    assert holm([0.01, math.nan, 0.04, 0.03]) == pytest.approx([0.03, math.nan, 0.06, 0.06], nan_ok=True)


@pytest.mark.parametrize("count", [0, 1])
def test_one_reader_is_no_comparison(dataset, readers, count):
    with pytest.raises(ValueError, match="no comparison"):
        compare([readers["perfect"]] * count, dataset)


def test_readers_of_other_films_are_refused(dataset, readers):
    fewer = replace(readers["empty"], runs=tuple(run.take(np.arange(8)) for run in readers["empty"].runs))
    with pytest.raises(ValueError, match="same films"):
        compare([readers["perfect"], fewer], dataset, rounds=10)


@pytest.mark.parametrize(
    ("figure", "low", "high", "verdict"),
    [
        ("siim_dice", 0.01, 0.05, "better"),
        ("siim_dice", -0.05, -0.01, "worse"),
        ("siim_dice", -0.01, 0.05, "none"),
        ("siim_dice", 0.0, 0.05, "none"),
        ("hd95", 0.01, 0.05, "worse"),
        ("brier", -0.05, -0.01, "better"),
        ("size_error", 0.01, 0.05, "higher"),
        ("size_error", -0.05, -0.01, "lower"),
        ("siim_dice", math.nan, math.nan, "undefined"),
    ],
)
def test_a_verdict_follows_the_interval_and_which_way_is_better(figure, low, high, verdict):
    found = Contrast(figure, Difference((low + high) / 2, low, high, 0.03, 20), 0.2)
    assert found.verdict == verdict
    words = verdict_text(found)
    if verdict == "none":
        assert words == "no difference shown"
    elif verdict != "undefined":
        assert words == f"{verdict}, not after correction"
        assert verdict_text(replace(found, corrected=0.04)) == verdict


def test_an_interval_without_width_shows_nothing_unless_p_does():
    # A bootstrap of one patient draws the same films each time.
    alone = Difference(0.4, 0.4, 0.4, 1.0, 14, 1)
    assert Contrast("siim_dice", alone, 1.0).verdict == "none"
    assert Contrast("specificity", Difference(-1.0, -1.0, -1.0, 0.001, 30, 30), 0.04).verdict == "worse"


def test_an_end_that_is_zero_but_for_rounding_is_zero():
    # Of a mean over draws of the folds that all have the same figure.
    assert Contrast("dice_positives", Difference(-0.008, -0.022, -5.6e-17, 0.26, 100, 100), 1.0).verdict == "none"
    assert Contrast("dice_positives", Difference(0.008, 5.6e-17, 0.022, 0.26, 100, 100), 1.0).verdict == "none"


def test_numbers_are_signed_and_zero_is_not():
    assert signed("siim_dice", 0.0314) == "+0.031"
    assert signed("hd95", -4.25) == "\N{MINUS SIGN}4.2"
    assert signed("siim_dice", -0.0001) == "0.000"
    assert signed("siim_dice", math.nan) == "undefined"
    assert between("siim_dice", Difference(0, -0.5, 0.25, 1, 9)) == "\N{MINUS SIGN}0.500 to +0.250"
    assert [p_text(p) for p in (0.0005, 0.0314, 0.314, math.nan)] == ["<0.001", "0.031", "0.31", ""]
