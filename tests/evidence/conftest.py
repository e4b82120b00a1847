"""A small data set of grey noise with bright discs as the truth, and a network that finds what is bright."""

import cv2
import numpy as np
import pytest

from models import make_model
from pleura.core.spec import DecisionSpec
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan
from pleura.predict import Predictor
from pleura.runtime import EngineChoice, read_model

FILMS = 16
SHAPE = (96, 80)
CHOICE = EngineChoice(engine="onnxruntime", precision="float32", device="cpu", threads=1)


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """Sixteen films in the split `test`, every other one with a disc."""
    folder = tmp_path_factory.mktemp("pairs")
    generator = np.random.default_rng(3)
    for name in ("png_images", "png_masks"):
        (folder / name).mkdir()
    for index in range(FILMS):
        coarse = generator.uniform(0, 90, (12, 10)).astype(np.float32)
        film = cv2.resize(coarse, SHAPE[::-1], interpolation=cv2.INTER_CUBIC).clip(1, 120).astype(np.uint8)
        mask = np.zeros(SHAPE, np.uint8)
        if index % 2:
            centre = (int(generator.integers(20, 60)), int(generator.integers(20, 76)))
            cv2.circle(mask, centre, int(generator.integers(8, 16)), 255, -1)
        film[mask > 0] = 230
        cv2.imwrite(str(folder / "png_images" / f"{index:02}.png"), film)
        cv2.imwrite(str(folder / "png_masks" / f"{index:02}.png"), mask)
    out = tmp_path_factory.mktemp("data") / "discs"
    return prepare(import_pairs(folder), out, PreparePlan(side=64, split=SplitPlan(all_as="test")))


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    """A model whose own decision is far too careful."""
    careful = DecisionSpec(rule="triplet", bottom=0.9, top=0.99, area=600)
    path = tmp_path_factory.mktemp("model") / "bright.onnx"
    make_model(path, decision=careful)
    return read_model(path)


@pytest.fixture(scope="session")
def opened():
    """Opens a model or blend in the engine that rounds least."""
    return lambda model: Predictor(model, CHOICE)


@pytest.fixture(scope="session")
def predictor(model, opened):
    return opened(model)
