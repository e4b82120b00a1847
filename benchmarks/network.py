"""The papers' network, an EfficientNet-B4 U-Net on one 512 x 512 film, in every engine and in the papers' own stack.

Random weights: they change no time. `--make-keras` makes the environment of the papers' stack first.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from keras_child import KerasChild
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate, ratio, timed
from pleura.core.recipe import load_recipe
from pleura.core.spec import ModelSpec
from pleura.runtime import EngineChoice, Model, open_engine, write_model
from pleura.runtime.openvino import has_bfloat16
from pleura.train.networks import build_network
from pleura.train.resident import input_spec
from pleura.train.trace import trace

ROOT = Path(__file__).parent.parent
KERAS = ROOT / ".env-keras"
SIDE, THREADS, ROUNDS = 512, 2, 9
PAPERS = "Keras predict"
_FOUR_TIMES, _TWICE = 0.25, 0.5


def make_keras() -> None:
    """Make the environment of the papers' stack from its lock file."""
    uv = str(ROOT / ".env" / "bin" / "uv")
    lock = ROOT / "requirements" / "keras.txt"
    subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, KERAS], check=True)
    # tf-keras asks for tensorflow by that name; tensorflow-cpu is the same without CUDA, so nothing is resolved here.
    install = [uv, "pip", "install", "--quiet", "--python", KERAS, "--no-deps", "--require-hashes", "-r", lock]
    subprocess.run(install, check=True)


def make_model(folder: Path) -> tuple[torch.nn.Module, Model]:
    """Build the recipe's network with random weights and write it as a model file."""
    recipe = load_recipe("roque2025")
    torch.manual_seed(recipe.seed)
    bare = recipe.network.model_copy(update={"weights": "none"})
    network = build_network(bare, recipe.input.channels).eval()
    spec = ModelSpec(
        name="bench",
        version="0",
        architecture=f"{bare.architecture} {bare.encoder}",
        input=input_spec(recipe, SIDE),
        decision=recipe.decision,
        training=None,
    )
    return network, write_model(trace(network, spec), spec, folder / "bench.onnx")


def contestants(network: torch.nn.Module, model: Model) -> dict[str, Callable[[], float]]:
    """Torch and our engines, each with the same film."""
    film = np.random.default_rng(0).random((1, model.spec.input.channels, SIDE, SIDE), dtype=np.float32)
    tensor = torch.from_numpy(film)

    @torch.inference_mode()
    def eager() -> None:
        network(tensor)

    choices = {
        "ONNX Runtime, float32": EngineChoice("onnxruntime", "float32", "cpu", THREADS),
        "OpenVINO, float32": EngineChoice("openvino", "float32", "cpu", THREADS),
    }
    if has_bfloat16():
        choices["OpenVINO, bfloat16"] = EngineChoice("openvino", "bfloat16", "cpu", THREADS)
    engines = {name: open_engine(model, choice) for name, choice in choices.items()}
    runs = {name: timed(lambda engine=engine: engine.run(film)) for name, engine in engines.items()}
    return {"torch eager, float32": timed(eager), **runs}


def to_rows(times: dict[str, Times]) -> list[Row]:
    """Every contestant against the papers' stack; the aim is on the quickest precision that the CPU has."""
    aimed, aim = ("bfloat16", _FOUR_TIMES) if has_bfloat16() else ("OpenVINO", _TWICE)
    where = machine()
    return [
        Row(
            what=f"B4 U-Net, one film at {SIDE}, {THREADS} threads: {name}",
            value=taken.median,
            least=min(taken.seconds),
            most=max(taken.seconds),
            baseline="" if name == PAPERS else PAPERS,
            ratio=None if name == PAPERS else ratio(taken, times[PAPERS]),
            most_ratio=aim if aimed in name else None,
            machine=where,
        )
        for name, taken in times.items()
    ]


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--make-keras", action="store_true", help="make .env-keras first (needs a package index)")
    options = parser.parse_args()
    if options.make_keras:
        make_keras()
    if not KERAS.is_dir():
        sys.exit(f"{KERAS} is missing: run `python benchmarks/network.py --make-keras` once")
    warn_if_busy()
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder, KerasChild(KERAS, SIDE, THREADS) as keras:
        times = alternate({**contestants(*make_model(Path(folder))), PAPERS: keras.predict}, options.rounds)
    rows = to_rows(times)
    show(rows)
    write_rows(results_file("network"), rows)


if __name__ == "__main__":
    main()
