"""What an overlay says in words."""

from dataclasses import replace

import pytest

import chests
from findings import NOTE, SPACING, absent, present
from pleura.core.caption import caption_of
from pleura.core.measures import measure_film
from pleura.core.types import Hanging, Side, View


def test_sizes_are_summed_by_side_with_the_right_first():
    caption = caption_of(present(spacing=SPACING))
    assert caption.facts == ("Patient's right: 1.5 cm² (1,175 px)", "Patient's left: 0.1 cm² (100 px)")


def test_size_without_spacing_is_a_share_of_the_film():
    right, _ = caption_of(present()).facts
    assert right == "Patient's right: 1,175 px (9.6 % of the film; no spacing known)"


def test_several_parts_on_a_side_are_counted():
    finding = present()
    twice = replace(finding, regions=(finding.regions[0], finding.regions[0]))
    assert caption_of(twice).facts[0].endswith(", in 2 parts")


def test_nothing_found_is_said_the_same_way():
    caption = caption_of(absent())
    assert (caption.headline, caption.facts) == ("No pneumothorax found", ())
    assert caption.likelihood == "Score 0.12 (threshold 0.30)"
    assert caption.notice == "Research use. Not a medical device."


@pytest.mark.parametrize(
    ("probability", "calibrated", "expected"),
    [
        pytest.param(0.5, True, "No pneumothorax found, not ruled out", id="one_film_in_two_has_one"),
        pytest.param(0.1, True, "No pneumothorax found, not ruled out", id="one_in_ten"),
        pytest.param(0.09, True, "No pneumothorax found", id="improbable"),
        pytest.param(0.5, False, "No pneumothorax found", id="a_score_is_no_probability"),
    ],
)
def test_nothing_found_at_a_probability_that_matters_rules_nothing_out(probability, calibrated, expected):
    finding = replace(absent(), probability=probability, calibrated=calibrated)
    assert caption_of(finding).headline == expected


@pytest.mark.parametrize(
    ("score", "threshold", "expected"),
    [
        pytest.param(0.875, 0.3, "Score 0.88 (threshold 0.30)", id="apart"),
        pytest.param(0.3004, 0.3, "Score 0.3004 (threshold 0.3000)", id="near"),
        pytest.param(0.303, 0.3, "Score 0.303 (threshold 0.300)", id="three_digits"),
        pytest.param(0.3, 0.3, "Score 0.30 (threshold 0.30)", id="equal"),
    ],
)
def test_score_shows_the_digits_that_tell_it_from_the_threshold(score, threshold, expected):
    finding = replace(present(), score=score, threshold=threshold)
    assert caption_of(finding).likelihood == expected


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        pytest.param(0.932, "Probability 0.93", id="plain"),
        pytest.param(0.9999, "Probability over 0.99", id="no_certainty"),
        pytest.param(0.0, "Probability under 0.01", id="no_impossibility"),
    ],
)
def test_a_probability_is_named_where_the_model_is_calibrated(probability, expected):
    caption = caption_of(replace(present(), probability=probability, calibrated=True))
    assert (caption.likelihood, caption.basis) == (expected, "Score 0.88 (threshold 0.30)")


def test_only_three_warnings_are_spelled_out():
    warnings = caption_of(present(notes=(NOTE,) * 5)).warnings
    assert len(warnings) == 4
    assert warnings[-1] == "and 2 more, in the JSON"


def test_no_name_of_a_file_is_said():
    caption = caption_of(present(name="Doe^Jane.dcm", notes=(NOTE,)))
    assert "Doe" not in repr(caption)


def test_an_unknown_view_is_not_named():
    finding = present()
    unknown = replace(finding, film=replace(finding.film, view=View.UNKNOWN))
    assert caption_of(finding).above.startswith("PA view")
    assert caption_of(unknown).above == "sides assumed from the picture's halves"


def test_a_valid_share_and_valid_classes_stand_beside_the_area():
    measured = measure_film(chests.film(), chests.air(apex=40, lateral=100), chests.chest())
    finding = replace(present(spacing=SPACING), regions=measured.regions, measures=measured.measures)
    (fact,) = caption_of(finding).facts
    assert fact.endswith(", 31 % of the hemithorax, large by BTS 2010, large by BTS 2023, small by ACCP 2001")


def test_a_picture_has_letters_only_where_its_sides_are_known():
    finding = present()
    turned = replace(finding, film=replace(finding.film, hanging=Hanging.REVERSED))
    assert caption_of(finding).marks == ("R", "L")
    assert caption_of(turned).marks == ("L", "R")
    assert caption_of(turned).above == "PA view · hung the other way round"
    assert caption_of(replace(turned, regions=())).marks == ("", "")


def test_an_uncertain_side_is_said_and_has_no_letters():
    finding = present()
    unknown = replace(finding, regions=tuple(replace(region, side=Side.UNCERTAIN) for region in finding.regions))
    caption = caption_of(unknown)
    assert (caption.marks, caption.above) == (("", ""), "PA view · sides uncertain")
    assert caption.facts[0].startswith("Side uncertain: 1,275 px")
