"""From a network to its graph as ONNX."""

from collections.abc import Mapping, Sequence
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from pleura.core.errors import TrainingError
from pleura.core.recipe import Recipe
from pleura.core.spec import SIDE_STEP, Head, ModelSpec

_OPSET = 20


class Tracer:
    """Traces networks one after another; one that is like an earlier one but for its weights takes over its graph.

    To trace one takes seconds, and a run of several folds and kept checkpoints has dozens of one kind.
    """

    def __init__(self) -> None:
        self._programs: dict[tuple[object, ...], torch.onnx.ONNXProgram] = {}

    def graph(
        self, network: nn.Module, spec: ModelSpec, recipe: Recipe, *, any_side: bool = False
    ) -> onnx.ModelProto:
        """The graph of a network that was built as a recipe says; see `trace`."""
        built = recipe.network.untrained().model_dump_json()
        kind = (built, spec.input.channels, spec.input.network_side, spec.heads, any_side)
        program = self._programs.get(kind)
        if program is None:
            program = self._programs[kind] = _program(network, spec, any_side)
        weights = _InOrder(network, spec.heads).state_dict()
        there = program.model.graph.initializers
        program.apply_weights({name: tensor for name, tensor in weights.items() if name in there})
        return _optimised(program)


def trace(network: nn.Module, spec: ModelSpec, *, any_side: bool = False) -> onnx.ModelProto:
    """Trace a network in evaluation mode as ONNX with a free batch axis, and free sides where they are asked for."""
    return _optimised(_program(network, spec, any_side))


def program_of(
    network: nn.Module,
    inputs: Mapping[str, Tensor],
    axes: dict[int, Any],
    outputs: Sequence[str],
    *,
    optimize: bool = True,
) -> torch.onnx.ONNXProgram:
    """Trace a module in evaluation mode.

    Args:
        network: what is traced.
        inputs: its inputs by name, in order, with a dummy each; a batch of one would be frozen into the graph.
        axes: what is free in each of them, as `torch.export` takes it.
        outputs: names of its outputs, in order.
        optimize: whether weights are folded into others where that can be.

    Raises:
        TrainingError: torch gives no program.
    """
    program = torch.onnx.export(
        network,
        tuple(inputs.values()),
        dynamo=True,
        opset_version=_OPSET,
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_shapes=(axes,) * len(inputs),
        optimize=optimize,
        verbose=False,
    )
    if program is None:
        raise TrainingError("torch gave no ONNX program", "Install the versions of the lock file.")
    return program


class _InOrder(nn.Module):
    """A network that answers in the order of a model file instead of by name."""

    def __init__(self, network: nn.Module, heads: tuple[Head, ...]) -> None:
        super().__init__()
        self.network = network
        self.names = ("logits", *heads)

    def forward(self, films: Tensor) -> tuple[Tensor, ...]:
        """Run the network."""
        outputs = self.network(films)
        return tuple(outputs[name] for name in self.names)


def _program(network: nn.Module, spec: ModelSpec, any_side: bool) -> torch.onnx.ONNXProgram:
    """What was traced, with every weight under its own name still: optimising folds some into others."""
    side = spec.input.network_side
    dummy = torch.zeros(2, spec.input.channels, side, side)
    axes = {0: torch.export.Dim("films")}
    if any_side:
        axes |= {2: SIDE_STEP * torch.export.Dim("rows"), 3: SIDE_STEP * torch.export.Dim("columns")}
    ordered = _InOrder(network, spec.heads).eval()
    return program_of(ordered, {"film": dummy}, axes, ordered.names, optimize=False)


def _optimised(program: torch.onnx.ONNXProgram) -> onnx.ModelProto:
    copy = torch.onnx.ONNXProgram(program.model.clone(), None)
    copy.optimize()
    return copy.model_proto
