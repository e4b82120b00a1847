import json

import pytest
from pydantic import ValidationError

from models import make_spec
from pleura.core.spec import Clahe, Contrast, Crop, DecisionSpec, InputSpec, ModelSpec, TrainingRecord, TuningRecord

FULL = make_spec().model_copy(
    update={
        "input": InputSpec(
            side=512,
            channels=3,
            contrast=Contrast(kind="voi_percentile", low=1.0, high=99.0),
            crop=Crop(top=0.08, bottom=0.78, left=0.1, right=0.85, margin_px=20),
            clahe=Clahe(clip=2.0, tiles=8),
            mean=(0.485, 0.456, 0.406),
            std=(0.229, 0.224, 0.225),
        ),
        "training": TrainingRecord(
            recipe={"name": "x", "stages": [{"resolution": 512}]},
            data_name="set",
            data_sha256="ab" * 32,
            code_version="0.1.0",
            epochs=3,
            checkpoint="best.pt",
        ),
        "tuning": TuningRecord(data_name="set", data_sha256="cd" * 32, films=74, patients=57, objective="siim_dice"),
        "figures": {"labelled": {"auroc": 0.98125, "dice_positives": 0.1 + 0.2}},
    }
)


@pytest.mark.parametrize("spec", [make_spec(), FULL], ids=["bare", "full"])
def test_a_spec_survives_json_exactly(spec):
    assert ModelSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_spec_says_research_use_unless_told_otherwise():
    assert make_spec().intended_use == "Research use. Not a medical device."


@pytest.mark.parametrize("place", [(), ("input",), ("decision",), ("input", "contrast"), ("input", "crop")])
def test_an_unknown_key_is_refused_at_every_depth(place):
    content = json.loads(FULL.model_dump_json())
    part = content
    for step in place:
        part = part[step]
    part["treshold"] = 0.5
    with pytest.raises(ValidationError, match="treshold"):
        ModelSpec.model_validate(content)


@pytest.mark.parametrize("missing", ["name", "version", "input", "decision", "training"])
def test_a_spec_without_what_matters_is_refused(missing):
    content = json.loads(FULL.model_dump_json())
    del content[missing]
    with pytest.raises(ValidationError, match=missing):
        ModelSpec.model_validate(content)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        pytest.param(("format",), 2, "format", id="another format"),
        pytest.param(("name",), "My Model", "name", id="a name with a blank"),
        pytest.param(("name",), "../model", "name", id="a name that leaves its folder"),
        pytest.param(("input", "side"), 500, "multiple of 32", id="side"),
        pytest.param(("input", "channels"), 2, "channels", id="channels"),
        pytest.param(("input", "polarity"), "dense_is_low", "polarity", id="polarity"),
        pytest.param(("input", "value_range"), [0, 255], "value_range", id="value range"),
        pytest.param(("input", "contrast"), None, "contrast", id="no contrast step"),
        pytest.param(("input", "contrast", "kind"), "minmax", "percentile", id="unknown contrast step"),
        pytest.param(("input", "contrast", "low"), 50.0, "less than 50", id="percentiles that meet"),
        pytest.param(("input", "mean"), [0.5], "one a channel", id="one mean for three channels"),
        pytest.param(("input", "std"), [1, 1, 0], "above 0", id="a deviation of 0"),
        pytest.param(("input", "crop", "bottom"), 0.05, "top must be below bottom", id="crop upside down"),
        pytest.param(("input", "crop", "right"), 1.2, "right", id="crop beyond the film"),
        pytest.param(("input", "clahe", "clip"), 0, "clip", id="no clip"),
        pytest.param(("decision", "rule"), "otsu", "triplet", id="unknown rule"),
        pytest.param(("decision", "bottom"), 1.5, "bottom", id="no probability"),
        pytest.param(("decision", "area"), 0, "area", id="no area"),
        pytest.param(("decision", "removal"), -1, "removal", id="negative area"),
        pytest.param(("decision", "top"), 0.1, "must not be above top", id="outline narrower than presence"),
    ],
)
def test_a_value_out_of_range_is_refused(place, value, reason):
    content = json.loads(FULL.model_dump_json())
    part = content
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    with pytest.raises(ValidationError, match=reason):
        ModelSpec.model_validate(content)


def test_the_threshold_rule_leaves_top_open():
    assert DecisionSpec(rule="threshold", bottom=0.8).bottom > DecisionSpec(rule="threshold", bottom=0.8).top


def test_a_spec_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        FULL.decision.bottom = 0.1
