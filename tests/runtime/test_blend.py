"""Blends: members are checked by hash, and what is written comes back."""

import pytest

from models import make_model
from pleura.core.calibration import CalibrationFigures, CalibrationRecord, Isotonic, Platt, Temperature
from pleura.core.errors import ModelFileError
from pleura.core.spec import DecisionSpec, TuningRecord
from pleura.runtime import read_blend, write_blend

BLEND = """
format = 1
name = "two"
version = "1.0"

[decision]
rule = "triplet"
bottom = 0.3
top = 0.5
area = 600

[[members]]
file = "a.onnx"
sha256 = "{a}"
role = "segment"
weight = 3.0

[[members]]
file = "b.onnx"
sha256 = "{b}"
role = "segment"
"""


@pytest.fixture
def blend_file(tmp_path):
    a, b = make_model(tmp_path / "a.onnx"), make_model(tmp_path / "b.onnx", tilt=0.1)
    path = tmp_path / "two.toml"
    path.write_text(BLEND.format(a=a.sha256, b=b.sha256), encoding="utf-8")
    return path


def test_a_blend_names_its_models_in_order(blend_file):
    blend = read_blend(blend_file)
    assert [model.path.name for model in blend.models] == ["a.onnx", "b.onnx"]
    assert [member.weight for member in blend.spec.members] == [3.0, 1.0]
    assert blend.spec.decision.bottom == 0.3


def test_a_blend_written_elsewhere_still_finds_its_models(blend_file, tmp_path):
    blend = read_blend(blend_file)
    tuned = blend.spec.model_copy(
        update={
            "decision": DecisionSpec(rule="threshold", bottom=0.125, tta="none"),
            "tuning": TuningRecord(
                data_name="a set",
                data_sha256="0" * 64,
                films=3,
                patients=2,
                objective="siim_dice",
                patients_sha256=("0" * 16, "1" * 16),
                films_sha256=("2" * 16,),
            ),
            "figures": {"cross fit": {"auroc": 0.5, "tiny": 1e-9}},
        }
    )
    written = write_blend(blend, tuned, tmp_path / "sub" / "tuned.toml")
    again = read_blend(tmp_path / "sub" / "tuned.toml")
    assert again == written
    assert again.spec.members[0].file == "../a.onnx"
    assert (again.spec.decision, again.spec.tuning, again.spec.figures) == (
        tuned.decision,
        tuned.tuning,
        tuned.figures,
    )


CALIBRATIONS = (
    Temperature(temperature=3.25),
    Platt(slope=1e-3, intercept=-2.5),
    Isotonic(x=(0.0, 0.25, 1.0), y=(0.0, 0.125, 1.0)),
)


@pytest.mark.parametrize("calibration", CALIBRATIONS, ids=lambda one: one.kind)
def test_a_blends_own_calibration_comes_back_with_its_record(blend_file, tmp_path, calibration):
    blend = read_blend(blend_file)
    worse, better = (CalibrationFigures(ece=ece, brier=0.1, log_loss=0.3) for ece in (0.2, 0.05))
    record = CalibrationRecord(
        data_name="a set",
        data_sha256="0" * 64,
        films=9,
        patients=8,
        present=3,
        prevalence=0.1,
        before=worse,
        after=better,
    )
    spec = blend.spec.model_copy(update={"calibration": calibration, "calibration_record": record})
    written = read_blend(write_blend(blend, spec, tmp_path / "calibrated.toml").path)
    assert (written.spec.calibration, written.spec.calibration_record) == (calibration, record)


def test_a_member_that_is_not_the_file_it_was_is_refused(blend_file, tmp_path):
    make_model(tmp_path / "b.onnx", tilt=0.2)
    with pytest.raises(ModelFileError, match=r"b\.onnx with sha256"):
        read_blend(blend_file)


def test_a_missing_member_is_refused(blend_file, tmp_path):
    (tmp_path / "a.onnx").unlink()
    with pytest.raises(ModelFileError, match=r"a\.onnx"):
        read_blend(blend_file)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param('name = "two"', "name = two", "no valid TOML", id="not TOML"),
        pytest.param('role = "segment"', 'role = "guess"', "role", id="unknown role"),
        pytest.param("weight = 3.0", "weight = 0.0", "weight", id="no weight"),
        pytest.param("area = 600", "aria = 600", "aria", id="unknown key"),
        pytest.param("[decision]", "[opinion]", "decision", id="no decision"),
    ],
)
def test_a_blend_that_makes_no_sense_is_refused(blend_file, old, new, reason):
    blend_file.write_text(blend_file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ModelFileError, match=reason):
        read_blend(blend_file)
