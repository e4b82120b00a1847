"""A gate's file: what goes in comes out, and whatever is no gate is refused by name and reason."""

import re

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gates import POINTS, gate_network, gate_spec, make_gate_file
from models import make_model
from pleura.core.errors import ModelFileError
from pleura.core.gate import GATE_HEADS, GateSpec, SetPoints
from pleura.runtime import read_model
from pleura.runtime.gatefile import GATE_KEY, read_gate, write_gate

share = st.floats(0, 1)


def refusal(path):
    with pytest.raises(ModelFileError, match="--no-gate") as caught:
        read_gate(path)
    assert path.name in str(caught.value)
    return str(caught.value)


def test_a_gate_comes_back_as_it_was_written(tmp_path):
    written = make_gate_file(tmp_path / "g.onnx")
    read = read_gate(tmp_path / "g.onnx")
    assert read == written
    assert read.spec == gate_spec()
    assert read.outputs == GATE_HEADS


def test_the_same_gate_gives_the_same_bytes(tmp_path):
    first, second = (make_gate_file(tmp_path / name) for name in ("a.onnx", "b.onnx"))
    assert first.content == second.content
    assert first.sha256 == second.sha256


@given(frontal=share, view=st.floats(0.5, 1), turn=share, mirrored=share, inverted=share)
def test_a_spec_survives_json(frontal, view, turn, mirrored, inverted):
    points = SetPoints(frontal=frontal, view=view, turn=turn, mirrored=mirrored, inverted=inverted)
    spec = gate_spec(points)
    assert GateSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize("changes", [{"view": 0.4}, {"frontal": 1.1}, {"turn": float("nan")}, {"mirrored": None}])
def test_a_set_point_that_is_no_probability_is_refused(changes):
    with pytest.raises(ValidationError):
        SetPoints.model_validate({**POINTS.model_dump(), **changes})


def test_a_missing_file_and_one_that_is_no_network_are_refused(tmp_path):
    assert "cannot be read" in refusal(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_bytes(b"no network")
    assert "not an ONNX file" in refusal(tmp_path / "text.onnx")


def test_a_model_is_no_gate_and_a_gate_no_model(tmp_path):
    make_model(tmp_path / "m.onnx")
    assert "it is no gate" in refusal(tmp_path / "m.onnx")
    make_gate_file(tmp_path / "g.onnx")
    with pytest.raises(ModelFileError, match=re.escape("g.onnx")):
        read_model(tmp_path / "g.onnx")


@pytest.mark.parametrize(
    ("old", "new"), [('"turn":0.5', '"turn":7'), ('"format":1', '"format":2'), ('"version"', '"edition"')]
)
def test_a_spec_that_is_damaged_or_of_another_format_is_refused(tmp_path, old, new):
    network = gate_network()
    told = gate_spec().model_dump_json()
    assert old in told
    onnx.helper.set_model_props(network, {GATE_KEY: told.replace(old, new, 1)})
    (tmp_path / "g.onnx").write_bytes(network.SerializeToString())
    assert "invalid spec" in refusal(tmp_path / "g.onnx")


def test_a_network_with_other_ends_is_refused_before_anything_is_written(tmp_path):
    for network in (gate_network(heads=GATE_HEADS[:-1]), gate_network(side=64), gate_network(turn=(0.0, 1.0))):
        with pytest.raises(ModelFileError, match=r"must have|a gate's is"):
            write_gate(network, gate_spec(), tmp_path / "g.onnx")
    assert not list(tmp_path.iterdir())
