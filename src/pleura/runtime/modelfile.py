"""One ONNX file is one model: its network, and in its metadata the spec that says how to use it."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # ships no types
from pydantic import ValidationError

from pleura.core.errors import ModelFileError
from pleura.core.files import write_bytes
from pleura.core.spec import ModelSpec

METADATA_KEY = "pleura"
INPUT, OUTPUT = "film", "logits"
_REMEDY = "Give a model file that `pleura export` wrote."


@dataclass(frozen=True)
class Model:
    """One model file: `sha256` is of the whole file, `content` its bytes."""

    path: Path
    sha256: str
    spec: ModelSpec
    content: bytes = field(repr=False)


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
    spec = _spec_in(network, path)
    _check_ends(network, spec, path)
    return Model(path, hashlib.sha256(content).hexdigest(), spec, content)


def write_model(network: onnx.ModelProto, spec: ModelSpec, path: Path) -> Model:
    """Write a network and its spec as one model file; the same network and spec give the same bytes.

    Args:
        network: takes `film`, (N, channels, side, side) float32 with N free, gives `logits`, (N, 1, side, side).
        spec: takes the place of one that the network may carry already.
        path: the file, replaced whole or not at all.

    Raises:
        ModelFileError: the network's input and output are not what the spec says, or a figure is not finite.
    """
    _check_ends(network, spec, path)
    written = onnx.ModelProto()
    written.CopyFrom(network)
    others = {prop.key: prop.value for prop in network.metadata_props if prop.key != METADATA_KEY}
    onnx.helper.set_model_props(written, {**others, METADATA_KEY: spec.model_dump_json()})
    _spec_in(written, path)  # a figure that is not a number is lost in JSON: refused here, not by the next reader
    content = written.SerializeToString(deterministic=True)
    write_bytes(path, content)
    return Model(path, hashlib.sha256(content).hexdigest(), spec, content)


def with_spec(model: Model, spec: ModelSpec, path: Path) -> Model:
    """Write a model's network under a new spec, to another file or its own."""
    return write_model(_parse(model.content, model.path), spec, path)


def _parse(content: bytes, path: Path) -> onnx.ModelProto:
    try:
        network = onnx.load_model_from_string(content)
    except DecodeError as error:
        raise ModelFileError(path, "is not an ONNX file", _REMEDY) from error
    if not network.graph.node:
        raise ModelFileError(path, "is not an ONNX file with a network in it", _REMEDY)
    return network


def _spec_in(network: onnx.ModelProto, path: Path) -> ModelSpec:
    found = [prop.value for prop in network.metadata_props if prop.key == METADATA_KEY]
    if not found:
        raise ModelFileError(path, f"has no spec under the metadata key {METADATA_KEY!r}", _REMEDY)
    try:
        return ModelSpec.model_validate_json(found[0])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the spec"
        raise ModelFileError(path, f"has an invalid spec: {where}: {first['msg']}", _REMEDY) from error


def _check_ends(network: onnx.ModelProto, spec: ModelSpec, path: Path) -> None:
    """Refuse a network that would take or give something other than its spec says."""
    constants = {tensor.name for tensor in network.graph.initializer}
    inputs = [value for value in network.graph.input if value.name not in constants]
    _check_end(inputs, INPUT, (spec.input.channels, spec.input.side, spec.input.side), path)
    _check_end(list(network.graph.output), OUTPUT, (1, spec.input.side, spec.input.side), path)


def _check_end(ends: list[onnx.ValueInfoProto], name: str, expected: tuple[int, int, int], path: Path) -> None:
    names = [end.name for end in ends]
    if names != [name]:
        raise ModelFileError(path, f"has {names} where it must have [{name!r}]", _REMEDY)
    tensor = ends[0].type.tensor_type
    if tensor.elem_type != onnx.TensorProto.FLOAT:
        raise ModelFileError(path, f"{name} is not float32", _REMEDY)
    sizes = [axis.dim_value for axis in tensor.shape.dim]  # 0 stands for a size left free
    agrees = len(sizes) == 4 and all(size in (0, want) for size, want in zip(sizes[1:], expected, strict=True))
    if not agrees:
        raise ModelFileError(path, f"{name} is {sizes[1:]}, and its spec says {list(expected)}", _REMEDY)
    if sizes[0] != 0:
        raise ModelFileError(path, f"{name} is frozen to batches of {sizes[0]}", "Export it with a free batch axis.")
