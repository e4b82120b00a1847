"""From a U-Net's model file and a data set to the model file of a first model."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch.nn import functional

import pleura
from pleura.core.errors import TrainingError
from pleura.core.files import write_bytes
from pleura.core.postprocess import film_maps
from pleura.core.preprocess import to_input
from pleura.core.spec import DecisionSpec, InputSpec, ModelSpec, TrainingRecord
from pleura.data import Dataset
from pleura.data.fingerprints import Fingerprints
from pleura.runtime import EngineChoice, Model, open_engine, read_model, write_model
from pleura.runtime.modelfile import OUTPUT
from pleura.train.export import ENGINES
from pleura.train.first.encoder import COARSE, FINE, CutEncoder, cut_encoder
from pleura.train.first.head import AsModelFile, FirstHead
from pleura.train.first.learn import EPOCHS, Seen, learn
from pleura.train.half import store_half
from pleura.train.trace import program_of

Watch = Callable[[Sequence[int]], Iterable[int]]
_LABEL = "label"
_FILMS = 8
_MOST_GAP = 1e-2
"""Of probabilities: half precision moves those in the middle by some thousandths."""
_DECISION = DecisionSpec(rule="triplet", bottom=0.5, top=0.5, area=2000, tta="flip")
"""Of the first model alone, which nobody tuned: a cascade asks for its label and looks twice, as this says."""


def see(
    encoder: CutEncoder, dataset: Dataset, films: NDArray[np.int64], spec: InputSpec, watch: Watch = iter
) -> Seen:
    """Let an encoder see the stored films of a data set once.

    Args:
        encoder: cut out of a model of that input spec.
        dataset: with masks.
        films: (N,) positions.
        spec: how a film becomes the encoder's input.
        watch: sees each film as its turn comes.
    """
    features = []
    truth = []
    for index in watch([int(index) for index in films]):
        fine, coarse = encoder.features(_input(dataset, index, spec)[None])
        features.append((fine[0].astype(np.float16), coarse[0].astype(np.float16)))
        mask = torch.from_numpy(dataset.mask(index).astype(np.float32))[None, None]
        truth.append(functional.adaptive_avg_pool2d(mask, fine.shape[-1])[0, 0].numpy())
    return Seen(
        np.stack([fine for fine, _ in features]), np.stack([coarse for _, coarse in features]), np.stack(truth)
    )


@dataclass(frozen=True)
class FirstPlan:
    """What is made: `side` is that of the films it takes, a multiple of 32; `seed` that of the head."""

    name: str
    side: int
    seed: int = 0


def build_first(model: Model, dataset: Dataset, path: Path, plan: FirstPlan, watch: Watch = iter) -> Model:
    """Train the head of a first model on a data set's `train` films, and write both as one file in half precision.

    The head learns from features at the model's own side, and reads those of `plan.side`: fewer pixels cost less, and
    a film that is a tenth smaller is within what the encoder was trained on.

    Raises:
        ModelFileError: the model is no U-Net whose encoder could be cut out.
        TrainingError: all films are of one kind, or an engine says something else than torch; nothing is written.
    """
    seen = see(cut_encoder(model), dataset, dataset.indices("train"), model.spec.input, watch)
    head = learn(seen, plan.seed)
    return write_first(cut_encoder(model, plan.side), head, first_spec(model, dataset, plan), dataset, path)


def first_spec(model: Model, dataset: Dataset, plan: FirstPlan) -> ModelSpec:
    """What the file says of itself; films that it was chosen by, `val`, and those of its encoder count as seen."""
    films = np.concatenate((dataset.indices("train"), dataset.indices("val")))
    prints, before = Fingerprints.of([dataset.cases[int(index)] for index in films]), model.spec.training
    if before is not None:
        prints = prints.joined(Fingerprints(before.patients_sha256, before.films_sha256))
    return ModelSpec(
        name=plan.name,
        version=model.spec.version,
        architecture=f"encoder of {model.spec.architecture}, small head",
        heads=("label",),
        input=model.spec.input.model_copy(update={"side": plan.side}),
        decision=_DECISION,
        training=TrainingRecord(
            recipe={"name": plan.name, "seed": plan.seed, "made_by": "pleura.train.first"},
            data_name=dataset.record.name,
            data_sha256=dataset.record.sha256,
            code_version=pleura.__version__,
            epochs=EPOCHS,
            checkpoint="none",
            started_from=model.sha256,
            patients_sha256=prints.patients,
            films_sha256=prints.films,
        ),
        licence=model.spec.licence,
    )


def write_first(encoder: CutEncoder, head: FirstHead, spec: ModelSpec, dataset: Dataset, path: Path) -> Model:
    """Write encoder and head as one model file if every engine says what torch says on some films.

    Raises:
        TrainingError: an engine says something else; nothing is written then.
    """
    films = np.stack([_input(dataset, int(index), spec.input) for index in dataset.indices("train")[:_FILMS]])
    with torch.inference_mode():
        wide, label = AsModelFile(head).eval()(*map(torch.from_numpy, encoder.features(films)))
    ours = film_maps({OUTPUT: wide.numpy(), _LABEL: label.numpy()})
    with tempfile.TemporaryDirectory() as folder:
        file = write_model(store_half(_joined(encoder, head, films)), spec, Path(folder) / "trial.onnx")
        for name in ENGINES:
            choice = EngineChoice(engine=name, precision="float32", device="cpu")
            for mine, other in zip(ours, film_maps(open_engine(file, choice).run(films)), strict=True):
                gap = max(float(np.abs(mine.mask - other.mask).max()), abs((mine.label or 0) - (other.label or 0)))
                if not gap <= _MOST_GAP:
                    reason = f"{path}: {name} strays from torch by {gap:.4f} in a probability"
                    raise TrainingError(reason, "Nothing was written; try the versions of the lock file.")
    write_bytes(path, file.content)
    return read_model(path)


def _input(dataset: Dataset, index: int, spec: InputSpec) -> NDArray[np.float32]:
    return to_input(dataset.images[index].astype(np.float32) / 255, None, spec)


def _joined(encoder: CutEncoder, head: FirstHead, films: NDArray[np.float32]) -> onnx.ModelProto:
    """Encoder and head as one network."""
    features = (torch.from_numpy(each[:2]) for each in encoder.features(films[:2]))
    inputs = dict(zip((FINE, COARSE), features, strict=True))
    program = program_of(AsModelFile(head).eval(), inputs, {0: torch.export.Dim.DYNAMIC}, (OUTPUT, _LABEL))
    graph = onnx.compose.add_prefix(program.model_proto, "head_", rename_inputs=False, rename_outputs=False)
    graph.ir_version = encoder.network.ir_version
    return onnx.compose.merge_models(encoder.network, graph, [(FINE, FINE), (COARSE, COARSE)])
