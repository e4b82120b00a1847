"""OpenVINO on the CPU, in float32 or bfloat16.

The network is read with `Core.read_model` from the bytes of the model file, which needs no conversion tools.
"""

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import EngineError, ModelFileError
from pleura.core.processor import cores
from pleura.runtime.engine import Network, Outputs, Precision
from pleura.runtime.modelfile import INPUT
from pleura.runtime.openvino_import import import_openvino

_DEVICE = "CPU"
_HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoEngine:
    """A network compiled for this CPU.

    Args:
        model: the model file.
        precision: `auto` takes bfloat16 where the CPU computes in it natively.
        threads: CPU threads, or None for as many as OpenVINO takes by itself.

    Raises:
        EngineError: bfloat16 on a CPU without it.
        ModelFileError: OpenVINO cannot read or compile the network.
    """

    name = "openvino"
    device = "cpu"

    def __init__(self, model: Network, precision: Precision, threads: int | None) -> None:
        core = import_openvino().Core()
        self.precision = _settle(precision, core)
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _HINTS[self.precision],
        }
        if threads is not None:
            settings["INFERENCE_NUM_THREADS"] = threads
            # OpenVINO pins threads to the first cores: processes that share a machine would all run on the same ones.
            settings["ENABLE_CPU_PINNING"] = threads >= cores()
        try:
            network = core.read_model(model.content)
            compiled = core.compile_model(network, _DEVICE, settings)
        except RuntimeError as error:
            raise ModelFileError(
                model.path, f"OpenVINO cannot compile it: {_last_line(error)}", "Try --engine onnxruntime."
            ) from error
        self._request = compiled.create_infer_request()
        # A request refuses a second caller; one film at a time is also what a CPU does best.
        self._turn = threading.Lock()
        self._outputs = model.outputs

    def run(self, batch: NDArray[np.float32]) -> Outputs:
        """What the network says of a batch of films, (N, C, S, S) float32, by the names of its outputs."""
        with self._turn:
            said = self._request.infer({INPUT: batch})
            return {name: said[name] for name in self._outputs}


def has_bfloat16() -> bool:
    """Whether this CPU computes in bfloat16 natively."""
    return _has_bfloat16(import_openvino().Core())


def _has_bfloat16(core: Any) -> bool:  # noqa: ANN401 - OpenVINO is imported late and has no static type
    return "BF16" in core.get_property(_DEVICE, "OPTIMIZATION_CAPABILITIES")


def _settle(precision: Precision, core: Any) -> str:  # noqa: ANN401 - as above
    if precision == "auto":
        return "bfloat16" if _has_bfloat16(core) else "float32"
    if precision == "bfloat16" and not _has_bfloat16(core):
        raise EngineError("this CPU does not compute in bfloat16", "Choose float32, or leave the choice to auto.")
    return precision


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
