"""From a checkpoint to a model file, which is written only where every engine agrees with torch."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

import pleura
from pleura.core.errors import TrainingError
from pleura.core.files import write_bytes
from pleura.core.metrics import count_films, film_counts
from pleura.core.postprocess import decide_grid, film_maps
from pleura.core.preprocess import to_input
from pleura.core.recipe import Recipe, parse_recipe
from pleura.core.spec import NAME, InputSpec, ModelSpec, TrainingRecord
from pleura.data import Dataset
from pleura.runtime import EngineChoice, Model, open_engine, read_model, write_model
from pleura.runtime.engine import EngineName
from pleura.train.checkpoint import BEST, load_checkpoint
from pleura.train.networks import build_network
from pleura.train.resident import input_spec

_OPSET = 20
_FILMS = 8
_LEAST_DICE, _MOST_SCORE_GAP = 0.999, 1e-3
ENGINES: tuple[EngineName, ...] = ("onnxruntime", "openvino")


@dataclass(frozen=True)
class Parity:
    """How far an engine strays from torch over the films it was checked on."""

    engine: str
    films: int
    mean_dice: float
    score_gap: float


def export(checkpoint: Path, path: Path, dataset: Dataset, *, name: str, version: str) -> tuple[Model, list[Parity]]:
    """Write a best checkpoint as one model file, checked on real films of `dataset` against torch in float32.

    Raises:
        TrainingError: no best checkpoint, a name that a model cannot have, or an engine disagrees with torch;
            nothing is written then.
    """
    state = load_checkpoint(checkpoint, torch.device("cpu"))
    if "stage" not in state:
        raise TrainingError(f"{checkpoint}: is a run on its way, not a model", f"Name the {BEST} beside it.")
    recipe = parse_recipe(state["recipe"], checkpoint)
    network = _network(recipe, state)
    spec = _spec(recipe, state, checkpoint.name, name, version)
    inputs = _some_films(dataset, spec.input)
    return write_agreeing(trace(network, spec.input), spec, path, network, inputs)


def write_agreeing(
    graph: onnx.ModelProto, spec: ModelSpec, path: Path, network: nn.Module, inputs: NDArray[np.float32]
) -> tuple[Model, list[Parity]]:
    """Write a graph as a model file if every engine that runs it agrees with `network`, in float32, on `inputs`.

    Args:
        graph: the network as ONNX.
        spec: goes into the file.
        path: the file.
        network: what the graph was traced from, in evaluation mode.
        inputs: (N, channels, side, side) films as the network sees them.

    Raises:
        TrainingError: an engine disagrees; nothing is written then.
    """
    with tempfile.TemporaryDirectory() as folder:
        model = write_model(graph, spec, Path(folder) / "trial.onnx")
        found = [_compare(network, inputs, model, engine) for engine in ENGINES]
    for parity in found:
        if parity.mean_dice < _LEAST_DICE or parity.score_gap > _MOST_SCORE_GAP:
            raise TrainingError(
                f"{path}: {parity.engine} disagrees with torch (mask Dice {parity.mean_dice:.5f}, "
                f"score {parity.score_gap:.5f} apart)",
                "Nothing was written; try the versions of the lock file.",
            )
    write_bytes(path, model.content)
    return read_model(path), found


def _network(recipe: Recipe, state: dict[str, Any]) -> nn.Module:
    network = build_network(recipe.network.untrained(), recipe.input.channels)
    network.load_state_dict(state["network"])
    return network.eval()


def _spec(recipe: Recipe, state: dict[str, Any], checkpoint: str, name: str, version: str) -> ModelSpec:
    if not re.fullmatch(NAME, name):
        raise TrainingError(f"{name!r} cannot be a model's name", "Use small letters, digits, dots, - and _.")
    return ModelSpec(
        name=name,
        version=version,
        architecture=f"{recipe.network.architecture} {recipe.network.encoder}",
        input=input_spec(recipe, recipe.stages[state["stage"]].resolution),
        decision=recipe.decision,
        training=TrainingRecord(
            recipe=state["recipe"],
            data_name=state["data_name"],
            data_sha256=state["data_sha256"],
            code_version=pleura.__version__,
            epochs=state["epoch"],
            checkpoint=checkpoint,
            started_from=state.get("started_from"),
        ),
    )


def trace(network: nn.Module, spec: InputSpec) -> onnx.ModelProto:
    """Trace a network as ONNX with a free batch axis; a dummy batch of one would be frozen into the graph."""
    dummy = torch.zeros(2, spec.channels, spec.side, spec.side)
    program = torch.onnx.export(
        network,
        (dummy,),
        dynamo=True,
        opset_version=_OPSET,
        input_names=["film"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("films")},),
        verbose=False,
    )
    if program is None:
        raise TrainingError("torch gave no ONNX program", "Install the versions of the lock file.")
    return program.model_proto


def _some_films(dataset: Dataset, spec: InputSpec) -> NDArray[np.float32]:
    """Some films as the network sees them, both kinds: (N, channels, side, side)."""
    cases = np.array([case.present for case in dataset.cases])
    half = _FILMS // 2
    chosen = np.concatenate((np.flatnonzero(cases)[:half], np.flatnonzero(~cases)[:half]))
    return np.stack([to_input(dataset.images[i].astype(np.float32) / 255, None, spec) for i in chosen])


@torch.no_grad()
def _compare(network: nn.Module, inputs: NDArray[np.float32], model: Model, name: EngineName) -> Parity:
    engine = open_engine(model, EngineChoice(engine=name, precision="float32", device="cpu"))
    ours = film_maps({"logits": network(torch.from_numpy(inputs))["logits"].numpy()})
    theirs = film_maps({"logits": engine.run(inputs)})
    spec, counts, gaps = model.spec, [], []
    for mine, other in zip(ours, theirs, strict=True):
        first, second = (decide_grid(maps, spec.input, spec.decision) for maps in (mine, other))
        counts.append(film_counts(first.mask, second.mask))
        gaps.append(abs(first.probability - second.probability))
    return Parity(name, len(inputs), count_films(counts).scores()["siim_dice"], max(gaps))
