"""int8 against bfloat16 and float32: a U-Net quantised after training, with real films, timed and written to judge.

    python benchmarks/int8.py --make-nncf                                   # once: NNCF in an environment of its own
    python benchmarks/int8.py --data runs/data/stage2 --out out/int8        # quantise and time
    pleura compare default out/int8/int8.onnx --data runs/data/stage2 --split val --out out/both

Films of `train` alone set the ranges. The encoder stays as it is: of the variants in docs/cascade.md the decoder in
int8 alone costs no AUROC. What is written has no calibration and no figures, which are another network's:
`pleura calibrate` gives it its own. `--again` times a model that was quantised before.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate, ratio, timed
from pleura.core.preprocess import to_input
from pleura.data import Dataset, load_dataset
from pleura.predict.loading import load
from pleura.runtime import EngineChoice, Model, open_engine, read_model, write_model
from pleura.runtime.openvino import has_bfloat16
from pleura.train.half import store_half

ROOT = Path(__file__).parent.parent
NNCF = ROOT / ".env-nncf"
FILMS, THREADS, ROUNDS = 300, 2, 15
_WHAT = f"{{}}, one film and its mirror image, {THREADS} threads"
BASE = "bfloat16" if has_bfloat16() else "float32"


def make_nncf() -> None:
    """Make the environment of NNCF from its lock file."""
    uv, lock = str(ROOT / ".env" / "bin" / "uv"), ROOT / "requirements" / "nncf.txt"
    subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, NNCF], check=True)
    install = [uv, "pip", "install", "--quiet", "--python", NNCF, "--no-deps", "--require-hashes", "-r", lock]
    subprocess.run(install, check=True)


def calibration_films(dataset: Dataset, model: Model, seed: int) -> NDArray[np.float32]:
    """Some films of `train` as the network sees them, with and without a pneumothorax as they come."""
    train = dataset.indices("train")
    chosen = np.random.default_rng(seed).choice(train, min(FILMS, train.size), replace=False)
    spec = model.spec.input
    return np.stack([to_input(dataset.images[index].astype(np.float32) / 255, None, spec) for index in chosen])


def encoder_convolutions(graph: onnx.GraphProto) -> list[str]:
    """Convolutions of a U-Net before its decoder first enlarges anything: those of its encoder.

    Raises:
        ValueError: the network enlarges nothing, and so has no decoder.
    """
    kinds = [node.op_type for node in graph.node]
    return [node.name for node in graph.node[: kinds.index("Resize")] if node.op_type == "Conv"]


def quantise(model: Model, dataset: Dataset, folder: Path, seed: int, *, whole: bool) -> Model:
    """Write the int8 model file, what stays float stored in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    films, bare = folder / "films.npy", folder / "bare.onnx"
    np.save(films, calibration_films(dataset, model, seed))
    kept = [] if whole else encoder_convolutions(onnx.load_model_from_string(model.content).graph)
    child = [NNCF / "bin" / "python", Path(__file__).with_name("int8_child.py"), model.path, films, bare, *kept]
    subprocess.run(child, check=True)
    changes = {"name": f"{model.spec.name}-int8", "calibration": None, "calibration_record": None, "figures": {}}
    written = write_model(store_half(onnx.load(bare)), model.spec.model_copy(update=changes), folder / "int8.onnx")
    films.unlink()
    bare.unlink()
    return written


def contestants(model: Model, quantised: Model) -> dict[str, Callable[[], float]]:
    """Both models in every precision of OpenVINO that this CPU has, each with the same film and its mirror image."""
    side = model.spec.input.network_side
    films = np.random.default_rng(0).normal(size=(2, model.spec.input.channels, side, side)).astype(np.float32)
    precisions = ("float32", "bfloat16") if has_bfloat16() else ("float32",)
    opened = {each: open_engine(model, EngineChoice("openvino", each, "cpu", THREADS)) for each in precisions}
    opened |= {
        f"int8, the rest {each}": open_engine(quantised, EngineChoice("openvino", each, "cpu", THREADS))
        for each in precisions
    }
    return {name: timed(lambda engine=engine: engine.run(films)) for name, engine in opened.items()}


def to_rows(times: dict[str, Times], model: Model) -> list[Row]:
    """Every contestant against what runs today."""
    rows = {name: Row.of(f"{_WHAT.format(model.spec.name)}: {name}", taken) for name, taken in times.items()}
    return [
        replace(row, machine=machine())
        if name == BASE
        else replace(row, machine=machine(), baseline=BASE, ratio=ratio(times[name], times[BASE]))
        for name, row in rows.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--make-nncf", action="store_true", help="make .env-nncf and end (needs a package index)")
    parser.add_argument("--model", type=Path, help="the one that ships where none is named")
    parser.add_argument("--data", type=Path, help="a prepared set whose `train` films set the ranges")
    parser.add_argument("--out", type=Path, default=Path("out/int8"))
    parser.add_argument("--whole", action="store_true", help="quantise the encoder too")
    parser.add_argument("--again", action="store_true", help="time out/int8.onnx as it is")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    if options.make_nncf:
        make_nncf()
        return
    model = load(options.model)
    if not isinstance(model, Model):
        sys.exit(f"{model.path} is a blend: quantise its members one by one")
    if options.again:
        quantised = read_model(options.out / "int8.onnx")
    elif options.data is None or not NNCF.is_dir():
        sys.exit("--data is needed, and `python benchmarks/int8.py --make-nncf` once")
    else:
        quantised = quantise(model, load_dataset(options.data), options.out, options.seed, whole=options.whole)
    warn_if_busy()
    rows = to_rows(alternate(contestants(model, quantised), ROUNDS), model)
    show(rows)
    write_rows(results_file("int8"), rows)


if __name__ == "__main__":
    main()
