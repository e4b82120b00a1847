"""Engines: each gives what the convolution says, and nothing asked for by name is replaced."""

import os
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from models import SIDE, make_model, make_network, make_spec
from pleura.core.errors import EngineError, ModelFileError
from pleura.core.processor import cores
from pleura.runtime import EngineChoice, Model, open_engine, write_model
from pleura.runtime.onnx import has_cuda
from pleura.runtime.openvino import has_bfloat16

ENGINES = [
    pytest.param(EngineChoice(engine="openvino", precision="float32"), 1e-5, id="openvino"),
    pytest.param(EngineChoice(engine="onnxruntime", device="cpu"), 1e-5, id="onnxruntime"),
    pytest.param(EngineChoice(), 0.05, id="auto"),
]


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx", tilt=0.1)


@pytest.mark.parametrize(("choice", "tolerance"), ENGINES)
@pytest.mark.parametrize("films", [1, 2, 5])
def test_an_engine_gives_the_networks_logits(model, choice, tolerance, films):
    batch = np.random.default_rng(films).random((films, 1, SIDE, SIDE), dtype=np.float32)
    kernel = np.full((3, 3), 2 / 9) + np.array([-0.1, 0, 0.1])
    expected = [cv2.filter2D(film[0], -1, kernel, borderType=cv2.BORDER_CONSTANT) - 1 for film in batch]
    logits = open_engine(model, choice).run(batch)["logits"]
    assert logits.shape == (films, 1, SIDE, SIDE)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits[:, 0], expected, atol=tolerance)


@pytest.mark.parametrize(("choice", "tolerance"), ENGINES)
def test_an_engine_gives_every_head_by_name(tmp_path, choice, tolerance):
    model = make_model(tmp_path / "m.onnx", heads=("label", "distance"))
    said = open_engine(model, choice).run(np.random.default_rng(0).random((3, 1, SIDE, SIDE), dtype=np.float32))
    assert tuple(said) == model.outputs == ("logits", "label", "distance")
    logits = said["logits"]
    np.testing.assert_allclose(said["label"], logits.mean(axis=(1, 2, 3)), atol=tolerance)
    np.testing.assert_allclose(said["distance"], -logits / (1 + np.abs(logits)), atol=tolerance)


@pytest.mark.parametrize(("choice", "tolerance"), ENGINES)
def test_a_network_with_free_sides_takes_films_of_several(tmp_path, choice, tolerance):
    model = write_model(make_network(None), make_spec(), tmp_path / "m.onnx")
    assert model.any_side
    engine = open_engine(model, choice)
    for side in (96, 32, SIDE):
        logits = engine.run(np.full((2, 1, side, side), 0.5, np.float32))["logits"]
        assert logits.shape == (2, 1, side, side)
        np.testing.assert_allclose(logits[:, 0, 1:-1, 1:-1], 0.0, atol=tolerance)


@pytest.mark.parametrize(("choice", "_"), ENGINES)
def test_an_answer_outlives_the_next_question(model, choice, _):
    engine = open_engine(model, choice)
    first = engine.run(np.zeros((1, 1, SIDE, SIDE), np.float32))["logits"]
    kept = first.copy()
    engine.run(np.ones((1, 1, SIDE, SIDE), np.float32))
    np.testing.assert_array_equal(first, kept)


def test_auto_takes_bfloat16_exactly_where_the_cpu_has_it(model):
    engine = open_engine(model, EngineChoice(device="cpu"))
    assert (engine.name, engine.device) == ("openvino", "cpu")
    assert engine.precision == ("bfloat16" if has_bfloat16() else "float32")


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        pytest.param(EngineChoice(engine="onnxruntime", precision="bfloat16"), "float32", id="precision"),
        pytest.param(EngineChoice(engine="openvino", device="cuda"), "CUDA", id="device"),
        pytest.param(EngineChoice(threads=0), "0 threads", id="threads"),
    ],
)
def test_a_choice_that_cannot_be_had_is_refused(model, choice, reason):
    with pytest.raises(EngineError, match=reason):
        open_engine(model, choice)


@pytest.mark.skipif(has_cuda(), reason="this ONNX Runtime has CUDA")
@pytest.mark.parametrize("engine", ["auto", "onnxruntime"])
def test_cuda_is_refused_where_there_is_none(model, engine):
    with pytest.raises(EngineError, match="no CUDA"):
        open_engine(model, EngineChoice(engine=engine, device="cuda"))


@pytest.mark.skipif(has_bfloat16(), reason="this CPU has bfloat16")
def test_bfloat16_is_refused_where_there_is_none(model):
    with pytest.raises(EngineError, match="bfloat16"):
        open_engine(model, EngineChoice(engine="openvino", precision="bfloat16"))


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_a_network_that_an_engine_cannot_run_is_refused(model, engine):
    broken = Model(model.path, model.sha256, model.spec, model.content.replace(b"Conv", b"Cnov"))
    with pytest.raises(ModelFileError, match=r"m\.onnx"):
        open_engine(broken, EngineChoice(engine=engine))


WATCHED = """
import sys
calls = []
sys.addaudithook(lambda event, _: calls.append(event) if event in {watched} else None)
from pathlib import Path
from pleura.runtime import EngineChoice, open_engine, read_model
open_engine(read_model(Path(sys.argv[1])), EngineChoice(engine=sys.argv[2], device="cpu"))
calls += [name for name in sys.modules if name.startswith(("openvino.tools.ovc", "openvino_telemetry"))]
sys.exit(", ".join(calls) or 0)
"""


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_opening_an_engine_neither_connects_nor_starts_a_process(model, engine):
    watched = {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.posix_spawn", "os.fork"}
    script = WATCHED.replace("{watched}", repr(watched))
    done = subprocess.run([sys.executable, "-c", script, model.path, engine], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform != "linux" or cores() < 2, reason="threads are told apart on Linux, with two cores")
def test_a_process_that_takes_some_cores_leaves_the_system_to_choose_which(model):
    """Pinned to the first cores, every process of a pool would run on the same ones."""
    film = np.zeros((1, 1, SIDE, SIDE), np.float32)
    engine, seen, ended = open_engine(model, EngineChoice("openvino", threads=1)), set(), threading.Event()

    # Only the thread that asks: others of this process may be of an engine that took all cores.
    asking = threading.get_native_id()

    def look():
        while not ended.wait(0.001):
            seen.add(frozenset(os.sched_getaffinity(asking)))

    watcher = threading.Thread(target=look)
    watcher.start()
    start = time.monotonic()
    while time.monotonic() - start < 0.5:
        engine.run(film)
    ended.set()
    watcher.join()
    assert seen == {frozenset(os.sched_getaffinity(0))}
