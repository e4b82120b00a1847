"""Typed errors: each carries a machine-readable code and names the file, the value and the remedy."""

from enum import StrEnum
from pathlib import Path


class Refusal(StrEnum):
    """Why a film is refused; `status` is the HTTP status a server answers with."""

    NOT_AN_IMAGE = "not_an_image"
    PIXEL_LENGTH = "pixel_length"
    SIZE = "size"
    PHOTOMETRIC = "photometric"
    BITS = "bits"
    MULTIFRAME = "multiframe"
    RESCALE = "rescale"
    FOR_PROCESSING = "for_processing"
    MODALITY = "modality"
    VIEW = "view"
    NOT_FRONTAL_CHEST = "not_frontal_chest"
    NO_IMAGE = "no_image"
    DECODE = "decode"
    CODEC = "codec"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    UNSAFE = "unsafe"

    @property
    def status(self) -> int:
        """HTTP status of this refusal."""
        return _STATUS.get(self, 422)


_STATUS = {
    Refusal.NOT_AN_IMAGE: 400,
    Refusal.UNREADABLE: 400,
    Refusal.CODEC: 415,
    Refusal.TOO_LARGE: 413,
}


class PleuraError(Exception):
    """Base of every error that pleura raises on purpose; `code` is stable across versions.

    Attributes:
        transient: whether the same request may succeed a moment later; only then is it repeated.
    """

    transient = False

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} [{code}]. {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


class UnreadableImage(PleuraError):
    """A film that must not be read: refused before any network sees it."""

    def __init__(self, path: str | Path, code: Refusal, reason: str, remedy: str) -> None:
        super().__init__(str(code), f"{path}: {reason}", remedy)
        self.path = str(path)
        self.reason = reason
        self.refusal = code


class InputNotFound(PleuraError):
    """A path or pattern on the command line that matches no film."""

    def __init__(self, pattern: str, reason: str) -> None:
        super().__init__("not_found", f"{pattern}: {reason}", "Name a file, a folder or a glob that exists.")


class ModelFileError(PleuraError):
    """A model file or blend without a valid spec, or whose content is not what it names."""

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__("model", f"{path}: {reason}", remedy)


class DecisionError(PleuraError):
    """A decision rule that needs a head which the model does not have."""

    def __init__(self, rule: str, head: str) -> None:
        remedy = f"Train with network.{head} = true, add a member that gives it to a blend, or tune another rule."
        super().__init__("decision", f"the rule {rule} needs the head {head!r}, which this model lacks", remedy)


class RecipeError(PleuraError):
    """A recipe with an unknown key, name or impossible value."""

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__("recipe", f"{path}: {reason}", remedy)


class DatasetError(PleuraError):
    """A data set that cannot be imported or trained on as it is."""

    def __init__(self, path: str | Path, reason: str, remedy: str) -> None:
        super().__init__("data", f"{path}: {reason}", remedy)


class TrainingError(PleuraError):
    """A training run that cannot start or go on."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__("train", reason, remedy)


class EngineError(PleuraError):
    """An engine, precision or device that this machine or installation cannot give."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__("engine", reason, remedy)
