"""What is not said, and why."""

import dataclasses

import numpy as np
import pytest

from chests import ADULT, BOTTOM, IMPLAUSIBLE, SUPINE, TOP, WALL, air, by_name, chest, film
from pleura.core.measures import MEASURES, measure_film
from pleura.core.types import Hemithoraces, PatientFacts, Posture, Side, Spacing, View

MASK = air(apex=40, lateral=120)
DISTANCES = {"interpleural_hilum", "interpleural_lateral", "apex_to_cupola"}
GRADES = {"bts_2010", "bts_2023", "accp_2001", "collins"}
UNSEEN = {"tension", "effusion", "drain"}
SIZES = {name for name, row in MEASURES.items() if row.over == "side"}


def measured(mask=MASK, hemithoraces=None, **facts):
    return by_name(measure_film(film(**facts), mask, hemithoraces or chest()))


def unsaid(found):
    return {name: measure.reason for name, measure in found.items() if measure.validity == "not_assessed"}


def test_all_is_said_of_an_erect_pa_film_of_an_adult_with_spacing():
    found = measured()
    assert list(found) == list(MEASURES)
    assert unsaid(found).keys() == UNSEEN


def test_what_is_not_looked_for_is_said_to_be_so_on_a_clear_film_too():
    found = measured(np.zeros(MASK.shape, bool))
    assert unsaid(found) == dict.fromkeys(UNSEEN, "it is not looked for")
    assert (found["area"].value, found["regions"].value, found["bilateral"].value) == (0.0, 0, False)
    assert not SIZES & found.keys()


@pytest.mark.parametrize(
    ("facts", "names", "reason"),
    [
        pytest.param({"view": View.AP}, DISTANCES | GRADES | {"light"}, "AP", id="ap"),
        pytest.param({"view": View.UNKNOWN}, DISTANCES | GRADES | {"light"}, "view is unknown", id="no_view"),
        pytest.param({"patient": SUPINE}, DISTANCES | GRADES | {"light"}, "not erect", id="supine"),
        pytest.param({"patient": PatientFacts(age=17.9)}, GRADES | {"light"}, "under 18", id="child"),
        pytest.param({"patient": PatientFacts()}, GRADES | {"light"}, "age is unknown", id="no_age"),
        pytest.param(
            {"spacing": None}, DISTANCES | GRADES | {"area", "area_of_side"}, "spacing is unknown", id="no_spacing"
        ),
        pytest.param(
            {"spacing": None, "notes": (IMPLAUSIBLE,)},
            DISTANCES | GRADES | {"area", "area_of_side"},
            "implausible",
            id="false_spacing",
        ),
    ],
)
def test_what_a_film_does_not_allow_is_not_said_and_why(facts, names, reason):
    found = unsaid(measured(**facts))
    assert found.keys() == names | UNSEEN
    assert all(reason in found[name] for name in names)


def test_without_the_hemithorax_only_areas_and_counts_are_said():
    found = by_name(measure_film(film(), MASK))
    reasons = unsaid(found)
    assert reasons.keys() == SIZES - {"area_of_side"} | UNSEEN
    assert {reasons[name] for name in SIZES - {"area_of_side"}} == {"the hemithorax is not outlined"}


def test_an_outline_beside_the_hemithorax_is_not_measured_against_it():
    mask = np.zeros(MASK.shape, bool)
    mask[TOP:BOTTOM, WALL - 60 : WALL + 60] = True
    reasons = unsaid(measured(mask))
    assert reasons["hemithorax_percent"] == "50% of the outline lies outside the hemithorax"


def test_an_age_of_eighteen_and_a_header_that_says_erect_are_enough():
    found = measured(patient=PatientFacts(age=18.0, posture=Posture.ERECT))
    assert unsaid(found).keys() == UNSEEN


def test_valid_values_say_what_limits_them():
    found = measured(view=View.AP, spacing=Spacing(0.5, 0.25, "ImagerPixelSpacing"))
    assert found["area"].validity == "valid"
    assert "AP film" in found["area"].reason
    assert found["area"].reason.endswith("some per cent too long")
    assert "AP film" in found["hemithorax_percent"].reason


@pytest.mark.parametrize(
    ("apex", "lateral", "classes"),
    [
        pytest.param(39, 79, ("small", "small", "small"), id="under_2_cm"),
        pytest.param(39, 80, ("large", "large", "small"), id="2_cm_at_the_hilum"),
        pytest.param(40, 79, ("small", "large", "small"), id="2_cm_at_the_apex"),
        pytest.param(60, 79, ("small", "large", "large"), id="3_cm_at_the_apex"),
    ],
)
def test_guidelines_cut_at_their_own_distances(apex, lateral, classes):
    found = measured(air(apex, lateral))
    assert tuple(found[name].value for name in ("bts_2010", "bts_2023", "accp_2001")) == classes
    assert "2010" in found["bts_2010"].source
    assert "2001" in found["accp_2001"].source


def test_both_sides_are_measured_apart_the_right_first():
    mask = MASK | np.ascontiguousarray(air(apex=10, lateral=20)[:, ::-1])
    result = measure_film(film(), mask, chest())
    both = [measure for measure in result.measures if measure.name == "interpleural_hilum"]
    assert [(each.side, each.value) for each in both] == [(Side.RIGHT, 3.0), (Side.LEFT, 0.5)]
    whole = by_name(result)
    assert (whole["bilateral"].value, whole["regions"].value) == (True, 2)
    areas = [measure.value for measure in result.measures if measure.name == "area_of_side"]
    assert whole["area"].value == pytest.approx(sum(areas))


def test_an_uncertain_side_is_not_compared():
    facts = film(patient=dataclasses.replace(ADULT, laterality=Side.LEFT))
    result = measure_film(facts, MASK, chest())
    found = by_name(result, Side.UNCERTAIN)
    assert found["bilateral"].reason == "a side is uncertain"
    assert found["interpleural_hilum"].reason == "the side is uncertain"
    assert found["area_of_side"].value == found["area"].value
    assert [note.code for note in result.notes] == ["side_uncertain"]


def test_masks_of_another_size_are_an_error():
    small = np.zeros((10, 10), bool)
    with pytest.raises(ValueError, match="must have the film's size"):
        measure_film(film(), small)
    with pytest.raises(ValueError, match="the left hemithorax"):
        measure_film(film(), MASK, Hemithoraces(chest().right, small))
