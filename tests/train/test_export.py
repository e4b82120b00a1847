import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from films import bright_square
from models import make_spec
from pleura.core.errors import TrainingError
from pleura.core.recipe import parse_recipe
from pleura.evidence.honesty import honesty
from pleura.predict import Predictor
from pleura.runtime import EngineChoice, open_engine, read_model
from pleura.train.checkpoint import BEST, LAST, load_checkpoint, save_checkpoint
from pleura.train.export import ENGINES, export, write_agreeing
from pleura.train.networks import build_network
from pleura.train.trace import trace
from tiny import SHORT, smoke

CPU = torch.device("cpu")


@pytest.fixture(scope="session")
def exported(tiny_data, short_run, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "short.onnx"
    model, parities = export(short_run / BEST, path, tiny_data, name="short", version="1.2")
    return model, parities


def network_of(state, seed=None):
    """The network of a checkpoint, or an untrained one of the same build."""
    recipe = parse_recipe(state["recipe"], "checkpoint")
    torch.manual_seed(seed or 0)
    network = build_network(recipe.network, recipe.input.channels).eval()
    if seed is None:
        network.load_state_dict(state["network"])
    return network


def films_for(spec, count=3):
    shape = (count, spec.channels, spec.side, spec.side)
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_every_engine_agrees_with_torch(exported):
    _, parities = exported
    assert [parity.engine for parity in parities] == list(ENGINES) == ["onnxruntime", "openvino"]
    for parity in parities:
        assert parity.films == 8
        assert parity.mean_dice >= 0.999
        assert parity.score_gap <= 1e-3


def test_the_file_says_how_its_network_was_made(exported, tiny_data, short_run):
    model, _ = exported
    assert read_model(model.path) == model
    spec = model.spec
    assert (spec.name, spec.version, spec.architecture) == ("short", "1.2", "unet tf_efficientnet_lite0")
    assert (spec.input.side, spec.input.channels) == (32, 1)
    assert spec.training is not None
    assert spec.training.data_sha256 == tiny_data.record.sha256
    assert (spec.training.epochs, spec.training.checkpoint) == (1, BEST)
    assert honesty(model, tiny_data, tiny_data.indices("train")).seen.all()
    assert honesty(model, tiny_data, tiny_data.indices("val")).seen.all()
    assert not honesty(model, tiny_data, tiny_data.indices("test")).seen.any()
    recipe = parse_recipe(spec.training.recipe, "model")
    assert recipe.model_dump_json(indent=1) + "\n" == (short_run / "recipe.json").read_text("utf-8")
    assert spec.decision == recipe.decision
    assert spec.tuning is None


@pytest.mark.parametrize("count", [1, 5])
def test_the_file_takes_any_number_of_films_and_gives_torch_s_logits(exported, short_run, count):
    model, _ = exported
    films = films_for(model.spec.input, count)
    session = onnxruntime.InferenceSession(model.content, providers=["CPUExecutionProvider"])
    with torch.no_grad():
        expected = network_of(load_checkpoint(short_run / BEST, CPU))(torch.from_numpy(films))["logits"].numpy()
    assert np.allclose(session.run(["logits"], {"film": films})[0], expected, atol=1e-3)


def test_a_graph_that_disagrees_with_its_network_is_not_written(exported, short_run, tmp_path):
    model, _ = exported
    state = load_checkpoint(short_run / BEST, CPU)
    graph = onnx.load_model_from_string(model.content)
    films = films_for(model.spec.input)
    with pytest.raises(TrainingError, match=r"onnxruntime disagrees with torch \(mask Dice .*Nothing was written"):
        write_agreeing(graph, model.spec, tmp_path / "broken.onnx", network_of(state, seed=1), [films])
    assert not list(tmp_path.iterdir())
    write_agreeing(graph, model.spec, tmp_path / "sound.onnx", network_of(state), [films])
    assert [path.name for path in tmp_path.iterdir()] == ["sound.onnx"]


def test_a_run_on_its_way_is_not_a_model(tiny_data, short_run, tmp_path):
    with pytest.raises(TrainingError, match=r"last\.pt: is a run on its way.*best\.pt"):
        export(short_run / LAST, tmp_path / "m.onnx", tiny_data, name="m", version="1")


def test_a_name_that_a_model_cannot_have_is_refused(tiny_data, short_run, tmp_path):
    with pytest.raises(TrainingError, match="'My Model' cannot be a model's name"):
        export(short_run / BEST, tmp_path / "m.onnx", tiny_data, name="My Model", version="1")
    assert not list(tmp_path.iterdir())


class Headed(nn.Module):
    """A convolution with both heads, which names them in an order of its own."""

    def __init__(self, shift: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.convolution = nn.Conv2d(1, 2, 3, padding=1)
        self.shift = shift

    def forward(self, films):
        planes = self.convolution(films)
        label = planes.mean(dim=(1, 2, 3)) + self.shift
        return {"distance": torch.tanh(planes[:, 1:]), "label": label, "logits": planes[:, :1]}


def test_heads_stand_in_the_order_of_the_spec_and_agree(tmp_path):
    spec, network = make_spec(heads=("label", "distance")), Headed().eval()
    films = films_for(spec.input)
    model, parities = write_agreeing(trace(network, spec), spec, tmp_path / "m.onnx", network, [films])
    assert [output.name for output in onnx.load_from_string(model.content).graph.output] == list(model.outputs)
    assert all(parity.head_gap <= 1e-5 for parity in parities)
    said = open_engine(model, EngineChoice(engine="onnxruntime", device="cpu")).run(films)
    with torch.no_grad():
        expected = network(torch.from_numpy(films))
    assert said["label"].shape == (3,)
    for name in model.outputs:
        assert np.allclose(said[name], expected[name].numpy(), atol=1e-5)


def test_a_head_that_disagrees_is_not_written(tmp_path):
    spec = make_spec(heads=("label", "distance"))
    graph = trace(Headed().eval(), spec)
    with pytest.raises(TrainingError, match=r"mask Dice 1\.00000, score 0\.00000 and heads 0\.\d+ apart"):
        write_agreeing(graph, spec, tmp_path / "m.onnx", Headed(shift=0.1).eval(), [films_for(spec.input)])


def kept(path, recipe):
    """A checkpoint of an untrained network."""
    torch.manual_seed(0)
    state = {"recipe": recipe.model_dump(mode="json"), "data_name": "none", "data_sha256": "0" * 64, "stage": 0}
    network = build_network(recipe.network, recipe.input.channels)
    save_checkpoint(path, state | {"epoch": 1, "network": network.state_dict()})
    return path


def test_a_network_with_free_sides_agrees_at_each(tmp_path):
    spec, network = make_spec(heads=("label", "distance")), Headed().eval()
    inputs = [films_for(spec.input.at_scale(scale)) for scale in (1.0, 0.5, 2.0)]
    graph = trace(network, spec, any_side=True)
    model, parities = write_agreeing(graph, spec, tmp_path / "m.onnx", network, inputs)
    assert model.any_side
    assert [parity.films for parity in parities] == [9, 9]


@pytest.mark.long
@pytest.mark.parametrize(
    ("changes", "side", "any_side"),
    [
        pytest.param({"decision__scales": [1.0, 2.0]}, 64, True, id="scales"),
        pytest.param({"input__patch": {"side": 32, "overlap": 0.5}}, 32, False, id="patches"),
    ],
)
def test_what_the_decision_and_the_input_ask_of_a_network_is_in_its_file(
    tiny_data, tmp_path, changes, side, any_side
):
    changes = {"network__encoder": "test_resnet", "network__weights": "none", **changes}
    recipe = smoke(stages=[{**SHORT, "resolution": 64}], **changes)
    checkpoint = kept(tmp_path / BEST, recipe)
    model, parities = export(checkpoint, tmp_path / "m.onnx", tiny_data, name="m", version="1")
    assert (model.spec.input.network_side, model.any_side) == (side, any_side)
    assert [parity.films for parity in parities] == [8 * len(recipe.decision.scales)] * 2
    finding = Predictor(model, EngineChoice(engine="openvino", precision="float32")).read(
        bright_square((200, 200), (20, 20), 90)
    )
    assert finding.probabilities.shape == (200, 200)
