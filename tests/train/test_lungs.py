"""Where the lungs are on stored films, by a model that takes what is bright for them."""

import numpy as np

from models import make_model
from pleura.core.geometry import box_around, lung_window
from pleura.core.preprocess import to_input
from pleura.core.spec import Crop, DecisionSpec, LungCrop
from pleura.runtime import EngineChoice, open_engine
from pleura.train.lungs import lung_windows

PLAIN = DecisionSpec(rule="threshold", bottom=0.5, tta="none")
WHOLE = Crop(top=0.0, bottom=1.0, left=0.0, right=1.0)


def test_every_film_is_seen_around_what_the_model_finds_on_it(tiny_data, tmp_path):
    model = make_model(tmp_path / "lungs.onnx", decision=PLAIN)
    asked = LungCrop(margin=0.1)
    engine = open_engine(model, EngineChoice(engine="onnxruntime", device="cpu", threads=1))
    expected = []
    for index in (3, 0):
        film = to_input(tiny_data.images[index].astype(np.float32) / 255, None, model.spec.input)
        expected.append(lung_window(box_around(engine.run(film[None])["logits"][0, 0] > 0, None), asked))
    assert lung_windows(tiny_data, [3, 0], model.path, asked) == tuple(expected)


def test_a_film_without_lungs_is_seen_whole(tiny_data, tmp_path):
    model = make_model(tmp_path / "none.onnx", decision=PLAIN.model_copy(update={"bottom": 1.0}))
    assert lung_windows(tiny_data, [0], model.path, LungCrop()) == (WHOLE,)
