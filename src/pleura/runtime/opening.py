"""From a model file and a choice to the engine that runs it.

Engines are imported when chosen, so that a run pays for one of them only.
"""

import importlib.util
from pathlib import Path

from pleura.core.errors import EngineError
from pleura.runtime.engine import Engine, EngineChoice, Network


def open_engine(model: Network, choice: EngineChoice) -> Engine:
    """Make the chosen engine ready to run a model or a gate.

    Nothing that was asked for by name is quietly replaced: only `auto` lets pleura choose.

    Raises:
        EngineError: this machine, or this installation, cannot give what was asked for.
        ModelFileError: the engine cannot run this network.
    """
    if choice.threads is not None and choice.threads < 1:
        raise EngineError(f"{choice.threads} threads were asked for", "Give 1 or more.")
    if choice.engine == "openvino":
        return _open_openvino(model, choice)
    if choice.engine == "onnxruntime":
        return _open_onnx(model, choice, _wants_cuda(choice))
    if choice.device != "cpu" and _wants_cuda(choice):
        return _open_onnx(model, choice, cuda=True)
    return _open_openvino(model, choice)


def _wants_cuda(choice: EngineChoice) -> bool:
    if choice.device == "auto" and _has_cuda_library():
        from pleura.runtime.onnx import has_cuda

        return has_cuda()
    return choice.device == "cuda"


def _has_cuda_library() -> bool:
    """Whether ONNX Runtime's CUDA part lies on the disk: importing it to ask would slow every start on a CPU."""
    found = importlib.util.find_spec("onnxruntime")
    folders = found.submodule_search_locations if found else None
    return any(any(Path(folder).glob("capi/*onnxruntime_providers_cuda*")) for folder in folders or ())


def _open_openvino(model: Network, choice: EngineChoice) -> Engine:
    from pleura.runtime.openvino import OpenVinoEngine

    if choice.device == "cuda":
        raise EngineError("OpenVINO does not run on a CUDA device", "Choose the engine onnxruntime for it.")
    return OpenVinoEngine(model, choice.precision, choice.threads)


def _open_onnx(model: Network, choice: EngineChoice, cuda: bool) -> Engine:
    from pleura.runtime.onnx import OnnxEngine

    if choice.precision == "bfloat16":
        raise EngineError("ONNX Runtime runs a model in float32 here", "Choose openvino for bfloat16.")
    return OnnxEngine(model, cuda, choice.threads)
