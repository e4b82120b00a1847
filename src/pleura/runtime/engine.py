"""What an engine is, and how one is chosen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

EngineName = Literal["auto", "openvino", "onnxruntime"]
Precision = Literal["auto", "float32", "bfloat16"]
Device = Literal["auto", "cpu", "cuda"]

Outputs = dict[str, NDArray[np.float32]]
"""`logits`, (N, 1, S, S), then the model's heads: `label`, (N,) logits, and `distance`, (N, 1, S, S) in [-1, 1]."""


class Network(Protocol):
    """What an engine opens: a model file, or a gate."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def content(self) -> bytes:
        """The ONNX file."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it gives, in the order of the file."""


class Engine(Protocol):
    """Runs one network; threads may share an engine."""

    @property
    def name(self) -> str:
        """`openvino` or `onnxruntime`."""

    @property
    def device(self) -> str:
        """`cpu` or `cuda`."""

    @property
    def precision(self) -> str:
        """`float32` or `bfloat16`: the one in use, never `auto`."""

    def run(self, batch: NDArray[np.float32]) -> Outputs:
        """What the network says of a batch of films, (N, C, S, S) float32, by the names of its outputs."""


@dataclass(frozen=True)
class EngineChoice:
    """Which engine runs a model.

    Attributes:
        engine: What runs the network; auto takes OpenVINO on a CPU and ONNX Runtime on a GPU.
        precision: Arithmetic of the network; auto takes bfloat16 with OpenVINO where the CPU has it.
        device: Where it runs; auto takes a GPU where the installed ONNX Runtime can use one.
        threads: CPU threads; all cores where none are given.
    """

    engine: EngineName = "auto"
    precision: Precision = "auto"
    device: Device = "auto"
    threads: int | None = None
