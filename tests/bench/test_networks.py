"""What a network is given while it is timed is what a film would give it."""

import numpy as np
import pytest
from onnx import helper

from cascades import DECISION, RULE, make_cascade
from models import SIDE, make_model, make_network, make_spec
from pleura.bench.engines import Effort, Networks, compare_batches, compare_engines, compare_threads, ways
from pleura.core.processor import cores
from pleura.core.spec import DecisionSpec, Patch
from pleura.core.types import Radiograph, Source
from pleura.predict import load_predictor
from pleura.runtime import EngineChoice, read_model, write_model

ONNX = EngineChoice("onnxruntime", "float32", "cpu", 1)


class Recorder:
    """Stands before an engine and notes what it is given."""

    def __init__(self, engine, shapes) -> None:
        self.engine, self.shapes = engine, shapes
        self.name, self.device, self.precision = engine.name, engine.device, engine.precision

    def run(self, batch):
        self.shapes.append(batch.shape)
        return self.engine.run(batch)


def seen_by_networks(model, monkeypatch, films=1):
    shapes = []
    from pleura.bench import engines as module

    real = module.open_engine
    monkeypatch.setattr(module, "open_engine", lambda part, choice: Recorder(real(part, choice), shapes))
    Networks(model, ONNX).contestant(films)()
    return shapes


def seen_by_predict(path, monkeypatch, films=1):
    from pleura.predict import member

    shapes = []
    real = member.open_engine
    monkeypatch.setattr(member, "open_engine", lambda part, choice: Recorder(real(part, choice), shapes))
    film = Radiograph(np.full((96, 80), 0.5, np.float32), Source("f", "f", "0" * 64, "png"), 8)
    load_predictor(path, ONNX, gate=False, lungs=False).read_together([film] * films)
    return shapes


@pytest.mark.parametrize("films", [1, 3])
@pytest.mark.parametrize(
    ("decision", "changes"),
    [
        pytest.param({"tta": "none"}, {}, id="plain"),
        pytest.param({"tta": "flip"}, {}, id="flip"),
        pytest.param({"tta": "flip"}, {"side": 128, "patch": Patch(side=64, overlap=0.5)}, id="patches"),
    ],
)
def test_networks_see_what_predict_shows_them(tmp_path, monkeypatch, decision, changes, films):
    rule = DecisionSpec(rule="triplet", bottom=0.5, top=0.7, area=600, removal=0, **decision)
    spec = make_spec(decision=rule, **changes)
    path = write_model(make_network(spec.input.network_side), spec, tmp_path / "m.onnx").path
    assert seen_by_networks(read_model(path), monkeypatch, films) == seen_by_predict(path, monkeypatch, films)


def test_films_at_once_are_one_batch_and_seconds_are_a_film_s(tmp_path, monkeypatch):
    model = make_model(tmp_path / "m.onnx")
    assert seen_by_networks(model, monkeypatch, films=4) == [(8, 1, SIDE, SIDE)]  # each mirrored too
    found = compare_batches(model, ONNX, Effort(3, 0.0))
    assert list(found.times) == ["1", "2", "4", "8"]
    assert found.chosen in found.times


def test_every_way_opens_here_and_names_its_engine(tmp_path):
    model = make_model(tmp_path / "m.onnx")
    found = ways()
    assert {"OpenVINO, float32", "ONNX Runtime, float32"} <= set(found)
    for way in found.values():
        assert Networks(model, way).contestant()() > 0


def test_threads_go_up_to_all_cores(tmp_path):
    found = compare_threads(make_model(tmp_path / "m.onnx"), ONNX, Effort(3, 0.0))
    assert [int(count) for count in found.times][-1] == cores()


def test_members_of_a_blend_that_look_by_themselves_are_timed_with_their_own_looks(tmp_path, monkeypatch):
    never = RULE.model_copy(update={"below": 0.0})
    blend = make_cascade(tmp_path, never, DECISION.model_copy(update={"tta": "flip"}))
    for films in (1, 3):
        timed = seen_by_networks(blend, monkeypatch, films)
        assert timed == seen_by_predict(blend.path, monkeypatch, films)
        assert timed == [(1, 1, 32, 32)] * films + [(2 * films, 1, SIDE, SIDE)]


def test_an_engine_that_cannot_run_the_model_is_left_out_and_told(tmp_path):
    network = make_network()
    network.opset_import.add(domain="com.microsoft", version=1)
    network.graph.node[-1].output[0] = "before"
    network.graph.node.append(helper.make_node("Inverse", ["before"], ["inverse"], domain="com.microsoft"))
    network.graph.node.append(helper.make_node("Mul", ["inverse", "before"], ["logits"]))
    model = write_model(network, make_spec(), tmp_path / "m.onnx")
    found = compare_engines(model, Effort(3, 0.0))
    assert found.chosen == "ONNX Runtime, float32"
    assert set(found.left_out) == {name for name in ways() if "OpenVINO" in name}
