import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from pleura.core.metrics import tta_correct
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.cases import figure_bases
from pleura.evidence.figures.facts import FilmFacts
from pleura.evidence.figures.sums import weighted_agreement
from pleura.evidence.figures.table import FIGURES, RESAMPLED, SOFT_IOU
from pleura.evidence.figures.weighted import weighted_figures
from readers import alone, draw_facts, draw_reader

CM2 = {"size_error_cm2", "size_error_cm2_low", "size_error_cm2_high"}


def on_all(reader, facts):
    return {
        name: found[0] for name, found in weighted_figures(reader, facts, np.ones((1, reader.films.size))).items()
    }


def plainly(reader, facts):
    """Every figure by the functions of `core.metrics` and numpy, a film at a time."""
    judged, surfaces = reader.judged, reader.surfaces
    present, decided = judged.present, judged.decided
    correct = tta_correct(reader.augmented.plain, reader.augmented.averaged, present)
    films = judged.film_confusion()
    figures = {
        **judged.figures(),
        "tta_correct_plain": correct["plain"],
        "tta_correct_flip": correct["tta"],
        "sensitivity": films.recall,
        "specificity": films.specificity,
        "ppv": films.precision,
        "npv": np.mean(~present[~decided]) if (~decided).any() else math.nan,
    }
    for ending, known in (("", surfaces.in_mm), ("_px", ~surfaces.in_mm)):
        agreement = surfaces.nsd[present & known]
        distances = surfaces.hd95[present & known]
        distances = distances[~np.isnan(distances)]
        figures[f"nsd{ending}"] = agreement.mean() if agreement.size else math.nan
        figures[f"hd95{ending}"] = distances.mean() if distances.size else math.nan
        figures[f"hd95{ending}_median"] = np.median(distances) if distances.size else math.nan
    figures["hd95_undefined"] = np.isnan(surfaces.hd95[present]).mean() if present.any() else math.nan
    error = judged.counts.predicted - judged.counts.true
    known = present & ~np.isnan(facts.pixel_cm2)
    figures |= agreement_of("size_error", (100 * error / judged.counts.pixels)[present])
    figures |= agreement_of("size_error_cm2", (error * facts.pixel_cm2)[known])
    return figures


def agreement_of(name, values):
    bias = values.mean() if values.size else math.nan
    reach = 1.96 * values.std(ddof=1) if values.size > 1 else math.nan
    return {name: bias, f"{name}_low": bias - reach, f"{name}_high": bias + reach}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 3), min_size=1, max_size=24), st.sampled_from([0.0, 0.3, 1.0]))
def test_a_films_weight_is_how_often_it_counts(seed, times, ill):
    films = len(times)
    reader, facts = draw_reader(seed, films, ill=ill), draw_facts(films)
    weights = np.array([times, times[::-1]], dtype=np.float64)
    found = weighted_figures(reader, facts, weights)
    assert tuple(found) == RESAMPLED
    for row, often in enumerate((times, times[::-1])):
        places = np.repeat(np.arange(films), often)
        if places.size:
            expected = plainly(reader.take(places), facts.take(places))
            for name in RESAMPLED:
                assert found[name][row] == pytest.approx(expected[name], nan_ok=True, abs=1e-9), name
        else:
            assert all(math.isnan(found[name][row]) for name in RESAMPLED)


def test_the_table_holds_every_figure_in_the_order_they_are_defined_in():
    assert set(FIGURES) - set(RESAMPLED) == {SOFT_IOU}
    reader, facts = draw_reader(1), draw_facts()
    found = on_all(reader, facts)
    for name, value in found.items():
        low, high = FIGURES[name].limits
        assert low <= value <= high, name
    assert list(FIGURES)[:2] == ["siim_dice", "siim_dice_all_empty"]  # one never stands without the other


def test_decisions_and_pixels_are_scikit_learns():
    reader, facts = draw_reader(5), draw_facts()
    judged, found = reader.judged, on_all(reader, facts)
    truth, decided, scores = judged.present, judged.decided, judged.scores
    assert found["sensitivity"] == pytest.approx(sk.recall_score(truth, decided))
    assert found["specificity"] == pytest.approx(sk.recall_score(~truth, ~decided))
    assert found["ppv"] == pytest.approx(sk.precision_score(truth, decided))
    assert found["npv"] == pytest.approx(sk.precision_score(~truth, ~decided))
    assert found["films_correct"] == pytest.approx(sk.accuracy_score(truth, decided))
    assert found["auroc"] == pytest.approx(sk.roc_auc_score(truth, scores))
    assert found["ap"] == pytest.approx(sk.average_precision_score(truth, scores))
    assert found["brier"] == pytest.approx(sk.brier_score_loss(truth, scores))
    # All pixels of all films, one after the other.
    counts = judged.counts
    kinds = (counts.intersections, counts.predicted - counts.intersections, counts.true - counts.intersections)
    rest = counts.pixels - sum(kinds)
    pixels = np.array([part.sum() for part in (*kinds, rest)])
    true, said = np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0])
    weighted = {"sample_weight": pixels}
    assert found["pooled_precision"] == pytest.approx(sk.precision_score(true, said, **weighted))
    assert found["pooled_recall"] == pytest.approx(sk.recall_score(true, said, **weighted))
    assert found["pooled_f1"] == pytest.approx(sk.f1_score(true, said, **weighted))
    assert found["pooled_iou"] == pytest.approx(sk.jaccard_score(true, said, **weighted))
    assert found["pooled_accuracy"] == pytest.approx(sk.accuracy_score(true, said, **weighted))


def test_weights_are_scikit_learns_sample_weights():
    reader, facts = draw_reader(6), draw_facts()
    truth, scores = reader.judged.present, reader.judged.scores
    weights = np.random.default_rng(0).integers(0, 4, truth.size).astype(np.float64)
    found = weighted_figures(reader, facts, weights[None])
    assert found["auroc"][0] == pytest.approx(sk.roc_auc_score(truth, scores, sample_weight=weights))
    assert found["ap"][0] == pytest.approx(sk.average_precision_score(truth, scores, sample_weight=weights))
    assert found["brier"][0] == pytest.approx(sk.brier_score_loss(truth, scores, sample_weight=weights))


def test_a_reader_without_scores_is_not_ranked():
    full = draw_reader(1)
    bare = Evaluation(full.films, full.judged, full.surfaces, scored=False)
    found, with_scores = on_all(bare, draw_facts()), on_all(full, draw_facts())
    unknown = {name for name, value in found.items() if math.isnan(value)}
    assert unknown == {name for name in FIGURES if FIGURES[name].over == "both"} | {
        "ece",
        "brier",
        "tta_correct_plain",
        "tta_correct_flip",
    }
    assert all(found[name] == with_scores[name] for name in found if name not in unknown)
    bases = figure_bases(bare, draw_facts(), alone(bare))
    assert {name for name, basis in bases.items() if basis.cases == 0} == unknown | {SOFT_IOU}


def test_a_figure_rests_on_the_films_that_it_is_computed_from():
    reader, facts = draw_reader(1), draw_facts()
    present, decided = reader.judged.present, reader.judged.decided
    pairs = np.arange(200) // 2
    bases = figure_bases(reader, facts, pairs)
    cases = {name: basis.cases for name, basis in bases.items()}
    even = np.arange(present.size) % 2 == 0
    assert cases["siim_dice"] == 200
    assert cases["dice_positives"] == cases["auroc"] == present.sum()
    assert cases["empty_correct"] == (~present).sum()
    assert cases["nsd"] == cases["size_error_cm2"] == (present & even).sum()
    assert cases["nsd_px"] == (present & ~even).sum()
    assert cases["hd95"] == cases["hd95_median"] == (present & even & decided).sum()
    assert cases["ppv"] == decided.sum()
    assert (bases["siim_dice"].patients, bases["nsd"].patients) == (100, cases["nsd"])
    assert bases["dice_positives"].patients == len(set(pairs[present]))
    assert bases["auroc"].patients == min(len(set(pairs[present])), len(set(pairs[~present])))


def test_one_value_drawn_many_times_has_no_spread():
    values = np.array([-0.68, 4.1, 1e6])
    times = np.array([[3.0, 0, 0], [0, 7, 0], [0, 0, 9]])
    for found in weighted_agreement(values, times):
        assert found == pytest.approx(values, rel=1e-12)


def test_size_errors_in_cm2_need_a_spacing():
    reader = draw_reader(1)
    found = on_all(reader, FilmFacts(np.full(200, np.nan)))
    assert {name for name, value in found.items() if math.isnan(value)} == CM2
