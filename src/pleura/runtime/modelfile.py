"""One ONNX file is one model: its network, and in its metadata the spec that says how to use it."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import onnx

from pleura.core.errors import ModelFileError
from pleura.core.files import write_bytes
from pleura.core.spec import ModelSpec
from pleura.runtime.metadata import parse_network, spec_under

METADATA_KEY = "pleura"
INPUT, OUTPUT = "film", "logits"
_REMEDY = "Give a model file that `pleura export` wrote."


@dataclass(frozen=True)
class Model:
    """One model file.

    Attributes:
        path: where it lies.
        sha256: of the whole file.
        spec: how to use it.
        content: its bytes.
        any_side: whether the network takes films of any side, and not of the spec's alone.
    """

    path: Path
    sha256: str
    spec: ModelSpec
    content: bytes = field(repr=False)
    any_side: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what the network gives, in the order of the file."""
        return _outputs(self.spec)


def read_model(path: Path) -> Model:
    """Read a model file and check that it can be used.

    Raises:
        ModelFileError: no such file, no ONNX, no valid spec, or a network whose input and output are not what the
            spec says.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    network = _parse(content, path)
    spec = spec_under(METADATA_KEY, network, ModelSpec, path, _REMEDY)
    any_side = _check_ends(network, spec, path)
    return Model(path, hashlib.sha256(content).hexdigest(), spec, content, any_side)


def write_model(network: onnx.ModelProto, spec: ModelSpec, path: Path) -> Model:
    """Write a network and its spec as one model file; the same network and spec give the same bytes.

    Args:
        network: takes `film`, (N, channels, side, side) float32 with N free, gives `logits`, (N, 1, side, side),
            and then each head of the spec: `label`, (N,), and `distance`, (N, 1, side, side). The side is the spec's
            `network_side`, or free.
        spec: takes the place of one that the network may carry already.
        path: the file, replaced whole or not at all.

    Raises:
        ModelFileError: the network's input and output are not what the spec says, or a figure is not finite.
    """
    any_side = _check_ends(network, spec, path)
    written = onnx.ModelProto()
    written.CopyFrom(network)
    others = {prop.key: prop.value for prop in network.metadata_props if prop.key != METADATA_KEY}
    onnx.helper.set_model_props(written, {**others, METADATA_KEY: spec.model_dump_json()})
    # A figure that is not a number is lost in JSON: refused here, not by the next reader.
    spec_under(METADATA_KEY, written, ModelSpec, path, _REMEDY)
    content = written.SerializeToString(deterministic=True)
    write_bytes(path, content)
    return Model(path, hashlib.sha256(content).hexdigest(), spec, content, any_side)


def with_spec(model: Model, spec: ModelSpec, path: Path) -> Model:
    """Write a model's network under a new spec, to another file or its own."""
    return write_model(_parse(model.content, model.path), spec, path)


def _parse(content: bytes, path: Path) -> onnx.ModelProto:
    network = parse_network(content, path, _REMEDY)
    if not network.graph.node:
        raise ModelFileError(path, "is not an ONNX file with a network in it", _REMEDY)
    return network


def _outputs(spec: ModelSpec) -> tuple[str, ...]:
    return (OUTPUT, *spec.heads)


def _check_ends(network: onnx.ModelProto, spec: ModelSpec, path: Path) -> bool:
    """Refuse a network that would take or give something other than its spec says; whether its side is free."""
    constants = {tensor.name for tensor in network.graph.initializer}
    inputs = [value for value in network.graph.input if value.name not in constants]
    side = spec.input.network_side
    film = _one_each(inputs, (INPUT,), path)[INPUT]
    _check_end(film, (spec.input.channels, side, side), path)
    for name, output in _one_each(list(network.graph.output), _outputs(spec), path).items():
        _check_end(output, () if name == "label" else (1, side, side), path)
    return all(axis.dim_value == 0 for axis in film.type.tensor_type.shape.dim[2:])


def _one_each(ends: list[onnx.ValueInfoProto], names: tuple[str, ...], path: Path) -> dict[str, onnx.ValueInfoProto]:
    found = [end.name for end in ends]
    if found != list(names):
        raise ModelFileError(path, f"has {found} where it must have {list(names)}", _REMEDY)
    return dict(zip(names, ends, strict=True))


def _check_end(end: onnx.ValueInfoProto, expected: tuple[int, ...], path: Path) -> None:
    """Refuse an end that is not float32 of (N free, *expected)."""
    tensor = end.type.tensor_type
    if tensor.elem_type != onnx.TensorProto.FLOAT:
        raise ModelFileError(path, f"{end.name} is not float32", _REMEDY)
    sizes = [axis.dim_value for axis in tensor.shape.dim]  # 0 stands for a size left free
    fits = len(sizes) == 1 + len(expected)
    if not fits or any(size not in (0, want) for size, want in zip(sizes[1:], expected, strict=True)):
        raise ModelFileError(path, f"{end.name} is {sizes[1:]}, and its spec says {list(expected)}", _REMEDY)
    if sizes[0] != 0:
        reason = f"{end.name} is frozen to batches of {sizes[0]}"
        raise ModelFileError(path, reason, "Export it with a free batch axis.")
