"""The way from a file to all its outputs: each stage beside the bare library call it makes, and what is ours.

Ours is everything but decoding, inference and PNG encoding: what reading and encoding take beyond those calls, the
hash, the logistic function, preprocessing, decision, measures, drawing and JSON. Gate and lungs are looks of further
networks and have rows of their own; the lungs are looked for on films with a finding.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pydicom
from bench_films import bench_films
from bench_model import model_path
from numpy.typing import NDArray
from PIL import Image
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.machine import machine
from pleura.bench.stages import Stages
from pleura.core.draw import draw_overlay
from pleura.core.postprocess import probabilities
from pleura.core.preprocess import to_network
from pleura.core.types import Finding, Radiograph
from pleura.output.overlay import display
from pleura.predict import load_predictor
from pleura.predict.loading import load
from pleura.runtime import EngineChoice, parts_of
from pleura.runtime.openvino_import import import_openvino

THREADS, ROUNDS = 2, 9
_MOST_RATIO, _MOST_OURS_S = 1.2, 0.02
_NETWORKS = ("network", "gate", "lungs")
_BARE = {"read": "bare decoding and hashing", "network": "bare OpenVINO", "encode": "bare imencode"}


class BareEngine:
    """OpenVINO as its own examples use it, with the settings that pleura chooses."""

    def __init__(self, path: Path, precision: str) -> None:
        core = import_openvino().Core()
        hint = {"bfloat16": "bf16", "float32": "f32"}[precision]
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": hint,
            "INFERENCE_NUM_THREADS": THREADS,
        }
        self._parts = [
            (part.spec.input, look.tta == "flip", core.compile_model(core.read_model(part.content), "CPU", settings))
            for part, look in parts_of(load(path))
        ]

    def seconds(self, film: Radiograph) -> dict[str, float]:
        """Inference alone, on inputs that stand ready, and the logistic function on what came out."""
        inference, logistic = 0.0, 0.0
        for spec, flip, compiled in self._parts:
            plain = to_network(film, spec)
            batch = np.stack((plain, plain[..., ::-1])) if flip else plain[None]
            inference += _seconds(lambda compiled=compiled, batch=batch: compiled([batch]))
            logits = batch[:, :1]
            logistic += _seconds(lambda logits=logits: probabilities(logits))
        return {"network": inference, "logistic": logistic}


@dataclass(frozen=True)
class Beside:
    """Pleura's way of one film, and the library calls that its stages make, in turn."""

    stages: Stages
    bare: BareEngine

    def round(self, path: Path) -> dict[str, float]:
        """Seconds of every stage once; `bare.X` is the library call behind stage X."""
        decoding = _seconds(lambda: _decode(path))
        hashing = _hashing(path.read_bytes())
        stages, finding = self.stages.once(path)
        bare = {"read": decoding + hashing, **self.bare.seconds(finding.film), "encode": _encoding(finding)}
        # Inference varies by more than all of ours takes: its difference to the bare call would drown the rest.
        others = (*_NETWORKS, "store", "whole")
        own = [value - bare.get(name, 0.0) for name, value in stages.items() if name not in others]
        ours = hashing + bare.pop("logistic") + sum(max(0.0, value) for value in own)
        return {**{f"bare.{name}": value for name, value in bare.items()}, **stages, "ours": ours}


def _encoding(finding: Finding) -> float:
    """Seconds that OpenCV alone takes for the PNGs of a finding."""
    picture = cv2.cvtColor(draw_overlay(finding, display(finding.film)), cv2.COLOR_RGB2BGR)
    mask = finding.mask.astype(np.uint8) * 255
    return _seconds(lambda: [_imencode(each) for each in (picture, mask)])


def _decode(path: Path) -> NDArray[np.generic]:
    if path.suffix == ".dcm":
        return pydicom.dcmread(path).pixel_array
    with Image.open(path) as picture:
        return np.asarray(picture)


def _hashing(content: bytes) -> float:
    return _seconds(lambda: hashlib.sha256(content).digest())


def _imencode(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", picture, (cv2.IMWRITE_PNG_COMPRESSION, 1))[1].tobytes()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def to_rows(kind: str, rounds: list[dict[str, float]]) -> list[Row]:
    """One row a stage, and what is ours; aims stand on the stages that wrap a library, and on ours at 1024."""
    where, rows = machine(), []
    for stage in (name for name in rounds[0] if not name.startswith("bare.")):
        taken = [record[stage] for record in rounds]
        bare = _BARE.get(stage)
        rows.append(
            Row(
                what=f"{kind}: {stage}",
                value=statistics.median(taken),
                least=min(taken),
                most=max(taken),
                baseline=bare or "",
                ratio=statistics.median(one[stage] / one[f"bare.{stage}"] for one in rounds) if bare else None,
                most_ratio=_MOST_RATIO if bare else None,
                most_value=_MOST_OURS_S if stage == "ours" and kind.startswith("1024") else None,
                machine=where,
            )
        )
    return rows


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    warn_if_busy()
    cv2.setNumThreads(THREADS)
    path = model_path()
    predictor = load_predictor(path, EngineChoice("openvino", "auto", "cpu", THREADS))
    bare = BareEngine(path, predictor.precision)
    with tempfile.TemporaryDirectory() as folder:
        films = bench_films(Path(folder))
        beside = Beside(Stages(predictor, Path(folder) / "out"), bare)
        taken: dict[str, list[dict[str, float]]] = {kind: [] for kind in films}
        for number in range(options.rounds + 1):
            for kind, film in films.items():
                one = beside.round(film)
                if number:
                    taken[kind].append(one)
    rows = [row for kind, rounds in taken.items() for row in to_rows(kind, rounds)]
    show(rows)
    write_rows(results_file("path"), rows)


if __name__ == "__main__":
    main()
