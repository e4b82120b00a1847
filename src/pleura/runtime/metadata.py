"""What models and gates share: an ONNX file, and a spec as JSON under a key of its metadata."""

from pathlib import Path
from typing import TypeVar

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # ships no types
from pydantic import BaseModel, ValidationError

from pleura.core.errors import ModelFileError

Spec = TypeVar("Spec", bound=BaseModel)


def parse_network(content: bytes, path: Path, remedy: str) -> onnx.ModelProto:
    """The network in a file's bytes.

    Raises:
        ModelFileError: no ONNX.
    """
    try:
        return onnx.load_model_from_string(content)
    except DecodeError as error:
        raise ModelFileError(path, "is not an ONNX file", remedy) from error


def spec_under(
    key: str, network: onnx.ModelProto, kind: type[Spec], path: Path, remedy: str, without: str = ""
) -> Spec:
    """The spec that a network carries under a key; `without` says what a file without it is not.

    Raises:
        ModelFileError: none there, or one that makes no sense.
    """
    found = [prop.value for prop in network.metadata_props if prop.key == key]
    if not found:
        raise ModelFileError(path, f"has no spec under the metadata key {key!r}{without}", remedy)
    try:
        return kind.model_validate_json(found[0])
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the spec"
        raise ModelFileError(path, f"has an invalid spec: {where}: {first['msg']}", remedy) from error
