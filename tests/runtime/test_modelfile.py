"""Model files: what is written comes back, and what is no model is refused."""

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import SIDE, make_model, make_network, make_spec
from pleura.core.errors import ModelFileError
from pleura.core.files import sha256_of
from pleura.core.spec import DecisionSpec, Patch
from pleura.runtime import read_model, with_spec, write_model


def test_a_written_model_is_read_back_whole(tmp_path):
    written = make_model(tmp_path / "m.onnx")
    assert read_model(tmp_path / "m.onnx") == written
    assert written.spec == make_spec()
    assert written.sha256 == sha256_of(tmp_path / "m.onnx")


def test_the_same_network_and_spec_give_the_same_bytes(tmp_path):
    assert make_model(tmp_path / "a.onnx").content == make_model(tmp_path / "b.onnx").content


def test_a_new_spec_leaves_the_weights_alone(tmp_path):
    model = make_model(tmp_path / "m.onnx")
    decision = DecisionSpec(rule="threshold", bottom=0.25)
    tuned = with_spec(model, model.spec.model_copy(update={"decision": decision}), tmp_path / "m.onnx")
    again = read_model(tmp_path / "m.onnx")
    assert again == tuned
    assert again.spec.decision == decision
    assert onnx.load(tmp_path / "m.onnx").graph == onnx.load_from_string(model.content).graph


def test_metadata_of_other_tools_is_kept(tmp_path):
    network = make_network()
    onnx.helper.set_model_props(network, {"author": "someone"})
    written = write_model(network, make_spec(), tmp_path / "m.onnx")
    props = {prop.key: prop.value for prop in onnx.load_from_string(written.content).metadata_props}
    assert props["author"] == "someone"


def test_a_figure_that_is_no_number_is_refused(tmp_path):
    spec = make_spec().model_copy(update={"figures": {"labelled": {"auroc": float("nan")}}})
    with pytest.raises(ModelFileError, match="auroc"):
        write_model(make_network(), spec, tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()


def _without_spec():
    return make_network().SerializeToString()


def _with_spec_text(text):
    network = make_network()
    onnx.helper.set_model_props(network, {"pleura": text})
    return network.SerializeToString()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "not an ONNX file", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "not an ONNX file", id="a picture"),
        pytest.param(_without_spec(), "no spec", id="no spec"),
        pytest.param(_with_spec_text("{"), "invalid spec", id="broken spec"),
        pytest.param(_with_spec_text('{"name": "x"}'), "invalid spec", id="incomplete spec"),
        pytest.param(
            _with_spec_text(make_spec(side=128).model_dump_json()), r"film is \[1, 64, 64\]", id="other side"
        ),
        pytest.param(
            _with_spec_text(make_spec(channels=3).model_dump_json()), r"film is \[1, 64, 64\]", id="other channels"
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused_by_name(tmp_path, content, reason):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=reason) as refusal:
        read_model(path)
    assert refusal.value.code == "model"
    assert str(path) in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_model(tmp_path / "none.onnx")


def test_a_frozen_batch_axis_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="frozen to batches of 1"):
        write_model(make_network(batch=1), make_spec(), tmp_path / "m.onnx")


def test_other_names_of_input_or_output_are_refused(tmp_path):
    network = make_network()
    network.graph.output[0].name = "mask"
    network.graph.node[0].output[0] = "mask"
    with pytest.raises(ModelFileError, match="mask"):
        write_model(network, make_spec(), tmp_path / "m.onnx")


@pytest.mark.parametrize(("given", "said"), [(("label",), ()), ((), ("label",)), (("distance",), ("label",))])
def test_heads_that_the_spec_does_not_name_are_refused_and_so_are_missing_ones(tmp_path, given, said):
    with pytest.raises(ModelFileError, match="where it must have"):
        write_model(make_network(heads=given), make_spec(heads=said), tmp_path / "m.onnx")


def test_a_model_of_windows_takes_a_window(tmp_path):
    spec = make_spec(side=128, patch=Patch(side=SIDE))
    model = write_model(make_network(), spec, tmp_path / "m.onnx")
    assert (read_model(model.path).spec.input.network_side, model.any_side) == (SIDE, False)
    with pytest.raises(ModelFileError, match=r"film is \[1, 128, 128\]"):
        write_model(make_network(128), spec, tmp_path / "n.onnx")


def test_a_rule_that_needs_a_head_which_is_not_there_is_refused(tmp_path):
    model = make_model(tmp_path / "m.onnx")
    gated = model.spec.model_copy(update={"decision": DecisionSpec(rule="label_gated")})
    with pytest.raises(ModelFileError, match="label_gated needs the head 'label'"):
        with_spec(model, gated, tmp_path / "n.onnx")


@given(cut=st.integers(0, 2000), at=st.integers(0, 2000), byte=st.integers(0, 255))
def test_damaged_bytes_never_raise_an_untyped_error(tmp_path_factory, cut, at, byte):
    path = tmp_path_factory.mktemp("damaged") / "m.onnx"
    content = bytearray(make_model(path).content)
    content[at % len(content)] = byte
    path.write_bytes(bytes(content[: len(content) - cut % len(content)]))
    try:
        model = read_model(path)
    except ModelFileError:
        return
    assert model.spec.input.side == SIDE
