"""The side of a finding, by the header, the lungs and the heart."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from chests import SHAPE, air, chest, film, mirrored
from pleura.core.measures import measure_film
from pleura.core.measures.sides import SideCues, read_layout
from pleura.core.types import Hanging, Hemithoraces, PatientFacts, Side

AIR = air(apex=40, lateral=120)
"""At the picture's left."""
USUAL = chest()
TURNED = Hemithoraces(USUAL.left, USUAL.right)
"""The patient's right lies at the picture's right."""
WIDTH = SHAPE[1]
LEFT_HALF, RIGHT_HALF = WIDTH / 2 - 60.0, WIDTH / 2 + 60.0


def side(mask=AIR, hemithoraces=None, heart=None, **facts):
    result = measure_film(film(**facts), mask, hemithoraces, heart)
    (region,) = result.regions
    return region.side, " ".join(note.text for note in result.notes)


@pytest.mark.parametrize("hanging", [Hanging.UNKNOWN, Hanging.USUAL])
@pytest.mark.parametrize("hemithoraces", [None, USUAL], ids=["no_lungs", "lungs"])
@pytest.mark.parametrize("heart", [None, RIGHT_HALF], ids=["no_heart", "heart"])
def test_cues_that_agree_give_the_side(hanging, hemithoraces, heart):
    assert side(hemithoraces=hemithoraces, heart=heart, hanging=hanging) == (Side.RIGHT, "")
    assert side(AIR[:, ::-1], hemithoraces, heart, hanging=hanging) == (Side.LEFT, "")


@pytest.mark.parametrize(("hemithoraces", "heart"), [(TURNED, None), (None, LEFT_HALF), (TURNED, LEFT_HALF)])
def test_a_header_that_says_reversed_is_believed_where_the_picture_bears_it_out(hemithoraces, heart):
    assert side(hemithoraces=hemithoraces, heart=heart, hanging=Hanging.REVERSED) == (Side.LEFT, "")


def test_a_header_alone_that_says_reversed_leaves_the_side_open():
    found, text = side(hanging=Hanging.REVERSED)
    assert found is Side.UNCERTAIN
    assert "the header speaks against a film hung as usual, and nothing else settles it" in text


def test_a_picture_on_its_side_has_no_sides():
    assert side(hemithoraces=USUAL, hanging=Hanging.SIDEWAYS)[0] is Side.UNCERTAIN


@pytest.mark.parametrize("hanging", [Hanging.UNKNOWN, Hanging.USUAL])
@pytest.mark.parametrize("hemithoraces", [None, USUAL, TURNED], ids=["no_lungs", "lungs", "turned"])
def test_situs_inversus_is_never_called_a_mirrored_film(hanging, hemithoraces):
    """The heart at the picture's left, and no header that speaks of a reversed film."""
    found, text = side(hemithoraces=hemithoraces, heart=LEFT_HALF, hanging=hanging)
    assert found is Side.UNCERTAIN
    assert "a mirrored film and situs inversus look alike" in text


def test_a_film_is_reversed_only_when_the_header_says_so_and_no_cue_denies_it():
    told = itertools.product(Hanging, (None, USUAL, TURNED), (None, LEFT_HALF, RIGHT_HALF))
    for hanging, hemithoraces, heart in told:
        layout = read_layout(SideCues(hanging, None, hemithoraces, heart), WIDTH)
        borne_out = hemithoraces is TURNED or heart == LEFT_HALF
        denied = hemithoraces is USUAL or heart == RIGHT_HALF
        expected = hanging is Hanging.REVERSED and borne_out and not denied
        assert (layout.hanging is Hanging.REVERSED) is expected
        assert (layout.hanging is Hanging.UNKNOWN) is bool(layout.doubt)


def test_the_only_side_that_was_to_be_shown_must_be_that_of_the_finding():
    assert side(patient=PatientFacts(laterality=Side.RIGHT)) == (Side.RIGHT, "")
    found, text = side(patient=PatientFacts(laterality=Side.LEFT))
    assert found is Side.UNCERTAIN
    assert "only the left side is shown" in text


def test_lungs_go_before_the_middle_of_the_picture():
    """The patient stands off the middle, so that air of the left side lies in the picture's left half."""
    right, left = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    right[50:550, :240], left[50:550, 260:660] = True, True
    moved = Hemithoraces(right, left)
    mask = np.zeros(SHAPE, bool)
    mask[60:200, 300:420] = True
    assert side(mask)[0] is Side.RIGHT
    assert side(mask, moved)[0] is Side.LEFT


def test_air_in_both_hemithoraces_or_in_none_has_no_side():
    across = np.zeros(SHAPE, bool)
    across[200:220, 200:1000] = True
    outside = np.zeros(SHAPE, bool)
    outside[200:220, 0:50] = True
    assert side(across, USUAL)[0] is Side.UNCERTAIN
    assert side(outside, USUAL)[0] is Side.UNCERTAIN
    assert side(outside)[0] is Side.RIGHT


def test_sides_of_a_mirrored_picture_change_over():
    assert side(AIR[:, ::-1], mirrored(USUAL), RIGHT_HALF) == (Side.LEFT, "")


def test_empty_hemithoraces_are_no_cue():
    nothing = np.zeros(SHAPE, bool)
    assert read_layout(SideCues(hemithoraces=Hemithoraces(nothing, nothing)), WIDTH).hanging is Hanging.USUAL


def test_a_clear_film_has_no_warning_about_sides():
    assert measure_film(film(hanging=Hanging.REVERSED), np.zeros(SHAPE, bool)).notes == ()


ASSUMED = Hemithoraces(USUAL.right, USUAL.left, told=False)
"""Named by the picture's halves: they bear out no hanging."""


def test_lungs_that_nobody_told_apart_bear_nothing_out():
    found, text = side(hemithoraces=ASSUMED, hanging=Hanging.REVERSED)
    assert found is Side.UNCERTAIN
    assert "nothing else settles it" in text
    found, text = side(hemithoraces=ASSUMED, heart=LEFT_HALF)
    assert found is Side.UNCERTAIN
    assert "the lungs" not in text


def test_lungs_that_nobody_told_apart_change_over_on_a_film_that_is_reversed():
    result = measure_film(film(hanging=Hanging.REVERSED), AIR, ASSUMED, LEFT_HALF)
    usual = measure_film(film(), AIR, ASSUMED)
    assert [region.side for region in result.regions] == [Side.LEFT]
    assert [region.side for region in usual.regions] == [Side.RIGHT]
    shares = [
        next(each.value for each in found.measures if each.name == "hemithorax_percent") for found in (result, usual)
    ]
    assert shares[0] == pytest.approx(shares[1])
    assert shares[0] > 0


def test_a_heart_seen_at_the_left_of_the_picture_makes_the_side_uncertain():
    seen = replace(film(), heart_at_left=True)
    (region,) = measure_film(seen, AIR, ASSUMED).regions
    assert region.side is Side.UNCERTAIN
    borne_out = replace(film(hanging=Hanging.REVERSED), heart_at_left=True)
    (region,) = measure_film(borne_out, AIR, ASSUMED).regions
    assert region.side is Side.LEFT
