"""The shipped model gives the same findings whatever engine runs it, on real films.

Agreement with torch is checked where a model is exported: `pleura.train.export` refuses to write a file without it.
"""

import csv
import functools

import numpy as np
import pytest

from pleura.image import read_film
from pleura.predict import Predictor, load_predictor, shipped_models
from pleura.runtime import EngineChoice
from pleura.runtime.openvino import has_bfloat16

FEW, ALL = 4, None
REFERENCE = EngineChoice(engine="onnxruntime", precision="float32", device="cpu")
FLOAT32 = EngineChoice(engine="openvino", precision="float32")
BFLOAT16 = EngineChoice(engine="openvino", precision="bfloat16")

pytestmark = pytest.mark.skipif(not shipped_models(), reason="no model ships with this checkout yet")


@functools.cache
def predictor(choice) -> Predictor:
    return load_predictor(None, choice)


@pytest.fixture(params=[pytest.param(FEW, id="few"), pytest.param(ALL, id="all", marks=pytest.mark.long)])
def films(request, shared_data):
    """Real films with expert labels: some of either kind, or all."""
    with (shared_data / "labelled" / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = [[row for row in rows if row["label"] == label] for label in ("neg", "pos")]
    chosen = [row for kind in kinds for row in kind[: request.param]]
    return [read_film(shared_data / "labelled" / "images" / row["file"]) for row in chosen]


def dice(first, second):
    total = int(first.sum()) + int(second.sum())
    return 2 * int((first & second).sum()) / total if total else 1.0


def pairs(films, choice):
    return [(predictor(REFERENCE).read(film), predictor(choice).read(film)) for film in films]


def test_float32_engines_agree(films):
    for first, second in pairs(films, FLOAT32):
        assert dice(first.mask, second.mask) >= 0.999
        assert abs(first.score - second.score) <= 0.001
        assert first.present == second.present or abs(first.score - first.threshold) <= 0.001


@pytest.mark.skipif(not has_bfloat16(), reason="this CPU does not compute in bfloat16")
def test_bfloat16_keeps_every_finding_that_is_not_on_the_edge(films):
    found = pairs(films, BFLOAT16)
    assert np.mean([dice(first.mask, second.mask) for first, second in found]) >= 0.99
    flipped = [first for first, second in found if first.present != second.present]
    assert all(abs(first.score - first.threshold) <= 0.01 for first in flipped)
