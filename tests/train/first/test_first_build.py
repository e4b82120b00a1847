"""A first model: its encoder is the U-Net's own, its head learns, and the file says what torch says."""

import dataclasses
from itertools import pairwise

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from discs import make_discs
from models import make_model, make_spec
from pleura.core.errors import ModelFileError, TrainingError
from pleura.core.spec import TrainingRecord
from pleura.data import load_dataset
from pleura.data.splits import SplitPlan
from pleura.evidence.films import read_case
from pleura.predict import Predictor
from pleura.runtime import EngineChoice, write_model
from pleura.train.first.build import FirstPlan, build_first, first_spec, see
from pleura.train.first.encoder import cut_encoder
from pleura.train.first.learn import Seen, learn

SIDE = 64
WIDTHS = (1, 4, 4, 4, 6, 8)


@pytest.fixture(scope="module")
def unet(tmp_path_factory):
    """Five halvings by convolution, then one step up that joins the feature before: a U-Net as far as it goes."""
    rng = np.random.default_rng(0)
    nodes, weights, last = [], [], "film"
    for step, (before, after) in enumerate(pairwise(WIDTHS)):
        values = rng.normal(0, 0.5, (after, before, 3, 3)).astype(np.float32)
        weights.append(numpy_helper.from_array(values, f"w{step}"))
        nodes.append(helper.make_node("Conv", [last, f"w{step}"], [f"c{step}"], pads=[1] * 4, strides=[2, 2]))
        nodes.append(helper.make_node("Relu", [f"c{step}"], [f"r{step}"]))
        last = f"r{step}"
    weights += [
        numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "twice"),
        numpy_helper.from_array(np.array([1, 1, 16, 16], np.float32), "whole"),
        numpy_helper.from_array(rng.normal(0, 0.1, (1, WIDTHS[-1] + WIDTHS[-2], 1, 1)).astype(np.float32), "head"),
    ]
    nodes += [
        helper.make_node("Resize", ["r4", "", "twice"], ["up"], mode="nearest"),
        helper.make_node("Concat", ["up", "r3"], ["joined"], axis=1),
        helper.make_node("Conv", ["joined", "head"], ["small"]),
        helper.make_node("Resize", ["small", "", "whole"], ["logits"], mode="nearest"),
    ]
    graph = helper.make_graph(
        nodes,
        "unet",
        [helper.make_tensor_value_info("film", TensorProto.FLOAT, ["films", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["films", 1, SIDE, SIDE])],
        weights,
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(network)
    return write_model(network, make_spec(SIDE), tmp_path_factory.mktemp("unet") / "unet.onnx")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    make_discs(folder, 12, split=SplitPlan(all_as="train"))
    return load_dataset(folder / "data")


def test_the_encoder_is_cut_where_the_decoder_begins_at_any_side(unet):
    for side in (SIDE, 96):
        films = np.random.default_rng(1).normal(size=(2, 1, side, side)).astype(np.float32)
        fine, coarse = cut_encoder(unet, side).features(films)
        assert fine.shape == (2, 6, side // 16, side // 16)
        assert coarse.shape == (2, 8, side // 32, side // 32)


def test_a_network_without_a_decoder_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match=r"no U-Net whose encoder"):
        cut_encoder(make_model(tmp_path / "flat.onnx"))


def test_what_an_encoder_sees_stands_beside_the_truth(unet, dataset):
    films = dataset.indices("train")
    seen = see(cut_encoder(unet), dataset, films, unet.spec.input)
    assert seen.fine.shape == (12, 6, 4, 4)
    assert seen.present.tolist() == [dataset.cases[int(index)].present for index in films]


def test_a_head_learns_which_films_have_one_and_where():
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    truth = np.zeros((160, 4, 4), dtype=np.float32)
    truth[::2, 1, 2] = 1
    fine = rng.normal(0, 0.5, (160, 6, 4, 4)) + 2 * truth[:, None]
    seen = Seen(fine.astype(np.float16), rng.normal(size=(160, 8, 2, 2)).astype(np.float16), truth)
    head = learn(seen, seed=0, epochs=20)
    again = learn(seen, seed=0, epochs=20)
    with torch.inference_mode():
        given = [torch.from_numpy(each.astype(np.float32)) for each in (seen.fine, seen.coarse)]
        outlined, label = head(*given)
        assert torch.equal(label, again(*given)[1])
    assert label[::2].median() > label[1::2].median() + 1
    inside = outlined[::2, 0, 1, 2]
    assert inside.mean() > outlined[1::2, 0].mean() + 1


def test_a_handful_of_films_is_learned_from_too():
    truth = np.zeros((6, 4, 4), dtype=np.float32)
    truth[:2, 1, 2] = 1
    seen = Seen(np.ones((6, 6, 4, 4), np.float16), np.ones((6, 8, 2, 2), np.float16), truth)
    begun, learned = (learn(seen, seed=0, epochs=epochs).map.weight for epochs in (0, 2))
    assert not torch.equal(begun, learned)


@pytest.mark.parametrize("present", [0, 6])
def test_films_of_one_kind_teach_nothing(present):
    truth = np.zeros((6, 4, 4), dtype=np.float32)
    truth[:present] = 1
    seen = Seen(np.ones((6, 6, 4, 4), np.float16), np.ones((6, 8, 2, 2), np.float16), truth)
    with pytest.raises(TrainingError, match=f"{present} of 6 films"):
        learn(seen, seed=0)


@pytest.mark.long
def test_a_first_model_is_a_model_file_with_a_label(unet, dataset, tmp_path):
    model = build_first(unet, dataset, tmp_path / "first.onnx", FirstPlan("first", 96))
    assert model.spec.heads == ("label",)
    assert model.spec.training.started_from == unet.sha256
    assert len(model.spec.training.films_sha256) == 12
    maps = Predictor(model, EngineChoice(engine="onnxruntime", device="cpu", threads=1)).maps(
        read_case(dataset, 0), tta="flip"
    )
    assert maps.mask.shape == (96, 96)
    assert 0 < maps.label < 1


def test_the_films_of_the_encoder_count_as_seen_too(unet, dataset):
    earlier = TrainingRecord(
        recipe={},
        data_name="others",
        data_sha256="0" * 64,
        code_version="0",
        epochs=1,
        checkpoint="none",
        patients_sha256=("a" * 16,),
        films_sha256=("f" * 16,),
    )
    trained = dataclasses.replace(unet, spec=unet.spec.model_copy(update={"training": earlier}))
    record = first_spec(trained, dataset, FirstPlan("first", 96)).training
    own = {case.sha256[:16] for case in dataset.cases}
    assert set(record.films_sha256) == own | {"f" * 16}
    assert record.patients_sha256 == ("a" * 16,)
