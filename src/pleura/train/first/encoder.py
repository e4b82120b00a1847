"""The encoder of an exported U-Net, cut out of its graph: what it sees is what a first model says yes or no by."""

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx.utils import Extractor

from pleura.core.errors import ModelFileError
from pleura.runtime import Model
from pleura.runtime.modelfile import INPUT

FINE, COARSE = "fine", "coarse"
"""Names of its outputs: features at a sixteenth and at a thirty-second of the side."""


class CutEncoder:
    """An ONNX network (N, C, side, side) -> `fine` (N, F, side / 16, side / 16), `coarse` (N, G, side / 32, ...).

    It runs in ONNX Runtime, in float32 on the CPU.
    """

    def __init__(self, network: onnx.ModelProto) -> None:
        self.network = network
        content = network.SerializeToString()
        self._session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])

    def features(self, films: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What it sees on films as the network takes them."""
        fine, coarse = self._session.run([FINE, COARSE], {INPUT: films})
        return fine, coarse


def cut_encoder(model: Model, side: int | None = None) -> CutEncoder:
    """Cut the encoder out of a U-Net's model file.

    Its decoder begins by resizing the deepest feature and joining it with the next finer one: these two are taken.

    Args:
        model: the model.
        side: of the films that it is to take, a multiple of 32; the model's own if None.

    Raises:
        ModelFileError: the network is not built so.
    """
    graph = onnx.load_model_from_string(model.content)
    resize = next((node for node in graph.graph.node if node.op_type == "Resize"), None)
    joined = next((node for node in graph.graph.node if resize and resize.output[0] in node.input), None)
    if resize is None or joined is None or joined.op_type != "Concat":
        raise ModelFileError(model.path, "is no U-Net whose encoder could be cut out", "Name a model of a U-Net.")
    coarse, fine = resize.input[0], joined.input[1]
    for end in (*graph.graph.input, *graph.graph.output):
        for axis in end.type.tensor_type.shape.dim[2:]:
            axis.dim_value = side or model.spec.input.network_side
    del graph.graph.value_info[:]
    inferred = onnx.shape_inference.infer_shapes(graph)
    cut = Extractor(inferred).extract_model([INPUT], [fine, coarse])
    for node in cut.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = {fine: FINE, coarse: COARSE}.get(name, name)
    for end, name in zip(cut.graph.output, (FINE, COARSE), strict=True):
        end.name = name
    del cut.graph.value_info[:]
    return CutEncoder(cut)
