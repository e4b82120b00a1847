"""From a checkpoint to a model file, which is written only where every engine agrees with torch."""

import re
import tempfile
from collections.abc import Sequence
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
from pleura.core.patches import patch_windows
from pleura.core.postprocess import decide_grid, film_maps
from pleura.core.preprocess import to_input
from pleura.core.recipe import Recipe, parse_recipe
from pleura.core.spec import NAME, InputSpec, ModelSpec, TrainingRecord
from pleura.core.types import Maps
from pleura.data import Dataset
from pleura.runtime import EngineChoice, Model, open_engine, read_model, write_model
from pleura.runtime.engine import EngineName
from pleura.train.checkpoint import BEST, load_checkpoint
from pleura.train.half import store_half
from pleura.train.networks import build_network
from pleura.train.resident import input_spec
from pleura.train.trace import Tracer

_FILMS = 8
_LEAST_DICE, _MOST_GAP = 0.999, 1e-3
ENGINES: tuple[EngineName, ...] = ("onnxruntime", "openvino")


@dataclass(frozen=True)
class Parity:
    """How far an engine strays from torch over the films it was checked on.

    Attributes:
        engine: its name.
        films: how many.
        mean_dice: of its masks and torch's.
        score_gap: the largest difference of image-level scores.
        head_gap: the largest difference of label probabilities or of mean signed distances; 0 without such heads.
    """

    engine: str
    films: int
    mean_dice: float
    score_gap: float
    head_gap: float

    @property
    def agrees(self) -> bool:
        """Whether nobody would notice which of the two read a film."""
        return self.mean_dice >= _LEAST_DICE and max(self.score_gap, self.head_gap) <= _MOST_GAP


def export(
    checkpoint: Path,
    path: Path,
    dataset: Dataset,
    *,
    name: str,
    version: str,
    half: bool = False,
    tracer: Tracer | None = None,
) -> tuple[Model, list[Parity]]:
    """Write a best checkpoint as one model file, checked on real films of `dataset` against torch in float32.

    With `half` its weights are stored in half precision; who exports several gives all of them the same `tracer`.

    Raises:
        TrainingError: no best checkpoint, a name that a model cannot have, or an engine disagrees with torch;
            nothing is written then.
    """
    state = load_checkpoint(checkpoint, torch.device("cpu"))
    if "stage" not in state:
        raise TrainingError(f"{checkpoint}: is a run on its way, not a model", f"Name the {BEST} beside it.")
    check_name(name)
    recipe = parse_recipe(state["recipe"], checkpoint)
    network = _network(recipe, state)
    spec = _spec(recipe, state, checkpoint.name, name, version)
    others = spec.input.other_sides(spec.decision.scales)
    graph = (tracer or Tracer()).graph(network, spec, recipe, any_side=bool(others))
    if half:
        graph = store_half(graph)
    inputs = [_some_films(dataset, spec.input.at_scale(scale)) for scale in (1.0, *spec.decision.scales)]
    return write_agreeing(graph, spec, path, network, inputs[1:] if others else inputs[:1])


def write_agreeing(
    graph: onnx.ModelProto, spec: ModelSpec, path: Path, network: nn.Module, inputs: Sequence[NDArray[np.float32]]
) -> tuple[Model, list[Parity]]:
    """Write a graph as a model file if every engine that runs it agrees with `network`, in float32, on `inputs`.

    Args:
        graph: the network as ONNX.
        spec: goes into the file.
        path: the file.
        network: what the graph was traced from, in evaluation mode.
        inputs: films as the network sees them, (N, channels, side, side) for each side that it is to take.

    Raises:
        TrainingError: an engine disagrees; nothing is written then.
    """
    with tempfile.TemporaryDirectory() as folder:
        model = write_model(graph, spec, Path(folder) / "trial.onnx")
        found = [_compare(network, inputs, model, engine) for engine in ENGINES]
    for parity in found:
        if not parity.agrees:
            raise TrainingError(
                f"{path}: {parity.engine} disagrees with torch (mask Dice {parity.mean_dice:.5f}, "
                f"score {parity.score_gap:.5f} and heads {parity.head_gap:.5f} apart)",
                "Nothing was written; try the versions of the lock file.",
            )
    write_bytes(path, model.content)
    return read_model(path), found


def _network(recipe: Recipe, state: dict[str, Any]) -> nn.Module:
    network = build_network(recipe.network.untrained(), recipe.input.channels)
    network.load_state_dict(state["network"])
    return network.eval()


def check_name(name: str) -> None:
    """Refuse a name that neither a model nor a blend can have.

    Raises:
        TrainingError: it is one.
    """
    if not re.fullmatch(NAME, name):
        raise TrainingError(f"{name!r} cannot be a model's name", "Use small letters, digits, dots, - and _: --name.")


def _spec(recipe: Recipe, state: dict[str, Any], checkpoint: str, name: str, version: str) -> ModelSpec:
    return ModelSpec(
        name=name,
        version=version,
        architecture=f"{recipe.network.architecture} {recipe.network.encoder}",
        finds=recipe.finds,
        heads=recipe.network.heads,
        input=input_spec(recipe, recipe.stages[state["stage"]].resolution),
        decision=recipe.decision,
        training=_training(state, checkpoint),
    )


def _training(state: dict[str, Any], checkpoint: str) -> TrainingRecord:
    """Where the model comes from; checkpoints older than its newer keys do not have them."""
    environment, seen = state.get("environment", {}), state.get("seen", {})
    return TrainingRecord(
        recipe=state["recipe"],
        data_name=state["data_name"],
        data_sha256=state["data_sha256"],
        code_version=environment.get("code_version", pleura.__version__),
        epochs=state["epoch"],
        checkpoint=checkpoint,
        started_from=state.get("started_from"),
        soft=state.get("soft"),
        unlabelled=state.get("unlabelled"),
        device=environment.get("device"),
        threads=environment.get("threads"),
        libraries=environment.get("libraries", {}),
        patients_sha256=tuple(seen.get("patients", ())),
        films_sha256=tuple(seen.get("films", ())),
    )


def _some_films(dataset: Dataset, spec: InputSpec) -> NDArray[np.float32]:
    """Some films of both kinds as the network sees them, whole where it would look for the lungs first.

    Of a network that sees windows they show the middle one: (N, channels, network side, network side).
    """
    cases = np.array([case.present for case in dataset.cases])
    half = _FILMS // 2
    chosen = np.concatenate((np.flatnonzero(cases)[:half], np.flatnonzero(~cases)[:half]))
    whole = spec if spec.lung_crop is None else spec.cropped(None)
    films = np.stack([to_input(dataset.images[i].astype(np.float32) / 255, None, whole) for i in chosen])
    if spec.patch is None:
        return films
    windows = patch_windows(spec.side, spec.patch)
    middle = windows[len(windows) // 2]
    return np.ascontiguousarray(films[..., middle.top : middle.bottom, middle.left : middle.right])


@torch.no_grad()
def _compare(network: nn.Module, inputs: Sequence[NDArray[np.float32]], model: Model, name: EngineName) -> Parity:
    engine = open_engine(model, EngineChoice(engine=name, precision="float32", device="cpu"))
    counts, scores, heads = [], [0.0], [0.0]
    for films in inputs:
        said = network(torch.from_numpy(films))
        ours = film_maps({key: said[key].numpy() for key in model.outputs})
        spec = model.spec.input.model_copy(update={"side": films.shape[-1], "patch": None})
        for mine, other in zip(ours, film_maps(engine.run(films)), strict=True):
            first, second = (decide_grid(maps, spec, model.spec.decision) for maps in (mine, other))
            counts.append(film_counts(first.mask, second.mask))
            scores.append(abs(first.score - second.score))
            heads.append(_head_gap(mine, other))
    return Parity(name, len(counts), count_films(counts).scores()["siim_dice"], max(scores), max(heads))


def _head_gap(first: Maps, second: Maps) -> float:
    gap = 0.0
    if first.label is not None and second.label is not None:
        gap = abs(first.label - second.label)
    if first.distance is not None and second.distance is not None:
        gap = max(gap, float(np.abs(first.distance - second.distance).mean()))
    return gap
