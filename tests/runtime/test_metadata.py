"""What models and gates share: an ONNX file, and a spec under a key of its metadata."""

import onnx
import pytest

from pleura.core.errors import ModelFileError
from pleura.core.strict import Strict
from pleura.runtime.metadata import parse_network, spec_under


class Spec(Strict):
    """A spec of one number."""

    side: int


def network(**properties):
    made = onnx.helper.make_model(onnx.helper.make_graph([], "empty", [], []))
    onnx.helper.set_model_props(made, properties)
    return made


def test_a_spec_comes_back_from_a_files_bytes(tmp_path):
    path = tmp_path / "m.onnx"
    content = network(mine='{"side": 7}', other="{}").SerializeToString()
    assert spec_under("mine", parse_network(content, path, "remedy"), Spec, path, "remedy") == Spec(side=7)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        pytest.param({"other": "{}"}, "no spec under the metadata key 'mine': it is none of ours", id="none"),
        pytest.param({"mine": '{"side": "x"}'}, "invalid spec: side: ", id="value"),
        pytest.param({"mine": "no JSON"}, "invalid spec: the spec: ", id="no_json"),
    ],
)
def test_no_spec_or_a_wrong_one_is_refused(tmp_path, properties, told):
    with pytest.raises(ModelFileError, match=told):
        spec_under("mine", network(**properties), Spec, tmp_path / "m.onnx", "remedy", ": it is none of ours")


def test_what_is_no_onnx_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="is not an ONNX file"):
        parse_network(b"\xff\xff", tmp_path / "m.onnx", "remedy")
