"""ONNX Runtime, on the CPU or on a CUDA device, in float32."""

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pleura.core.errors import EngineError, ModelFileError
from pleura.runtime.engine import Network, Outputs
from pleura.runtime.modelfile import INPUT

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_ERRORS_ONLY = 3

# ONNX Runtime's own exceptions have no public base besides Exception; these are the ones that opening raises.
_REFUSALS = (
    onnxruntime.capi.onnxruntime_pybind11_state.Fail,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
    onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException,
)


class OnnxEngine:
    """A network opened in ONNX Runtime.

    Args:
        model: the model file.
        cuda: run on the first CUDA device.
        threads: CPU threads, or None for as many as ONNX Runtime takes by itself.

    Raises:
        EngineError: `cuda` where ONNX Runtime cannot use such a device.
        ModelFileError: ONNX Runtime cannot run the network.
    """

    name = "onnxruntime"
    precision = "float32"

    def __init__(self, model: Network, cuda: bool, threads: int | None) -> None:
        if cuda and not has_cuda():
            raise EngineError(
                "the installed ONNX Runtime has no CUDA", "Install onnxruntime-gpu, or choose the device cpu."
            )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        if threads is not None:
            options.intra_op_num_threads = threads
        # TF32 rounds to 10 bits, which is not the float32 that the model was checked in.
        providers = [(_CUDA, {"use_tf32": "0"}), _CPU] if cuda else [_CPU]
        try:
            self._session = onnxruntime.InferenceSession(model.content, options, providers=providers)
        except _REFUSALS as error:
            reason = str(error).splitlines()[0]
            raise ModelFileError(
                model.path, f"ONNX Runtime cannot run it: {reason}", "Try --engine openvino."
            ) from error
        if cuda and _CUDA not in self._session.get_providers():
            raise EngineError("no CUDA device answers", "Choose the device cpu, or mend the driver.")
        self.device = "cuda" if cuda else "cpu"
        self._outputs = model.outputs

    def run(self, batch: NDArray[np.float32]) -> Outputs:
        """What the network says of a batch of films, (N, C, S, S) float32, by the names of its outputs."""
        said = self._session.run(list(self._outputs), {INPUT: batch})
        return dict(zip(self._outputs, said, strict=True))


def has_cuda() -> bool:
    """Whether the installed ONNX Runtime was built for CUDA."""
    return _CUDA in onnxruntime.get_available_providers()
