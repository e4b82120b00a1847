"""From a path, or none, to a predictor."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pleura.core.errors import ModelFileError
from pleura.predict.film import Predictor
from pleura.predict.gate import SHIPPED_GATE, load_gate
from pleura.predict.lungs import SHIPPED_LUNGS, ShippedLungs
from pleura.runtime import Blend, EngineChoice, Model, read_blend, read_model

BLEND_SUFFIX = ".toml"
CARD_SUFFIX = ".card.toml"
"""What ends the name of the hand-written part of a model's card, which lies beside the model and is no blend."""
_SHIPPED = Path(__file__).parents[1] / "models"
_FIRST = _SHIPPED / "rule-out.onnx"
_OTHERS = (SHIPPED_GATE, SHIPPED_LUNGS, _FIRST)
"""Models inside this package that help to read a film, and read none alone."""
_DEFAULT = "default"
_AUTO = EngineChoice()


def load_predictor(
    path: Path | None = None, choice: EngineChoice = _AUTO, *, gate: bool = True, lungs: bool = True
) -> Predictor:
    """Read a model file or a blend (`.toml`) and open it; None takes the model that ships with pleura.

    Args:
        path: the model file or blend, or the name of one that ships: see `model_path`.
        choice: how its networks are run.
        gate: whether films pass the gate that ships with pleura before they are read.
        lungs: whether the hemithoraces are looked for on a film with a finding.

    Raises:
        ModelFileError: no valid model or blend, one that finds no pneumothorax, or no valid gate.
        EngineError: this machine cannot give the chosen engine, precision or device.
    """
    model = load(path)
    if isinstance(model, Model) and model.spec.finds != "pneumothorax":
        remedy = "Name a model of pneumothorax, or a blend with this one in the role lungs."
        raise ModelFileError(model.path, f"outlines the {model.spec.finds} and no pneumothorax", remedy)
    return Predictor(model, choice, load_gate(choice) if gate else None, ShippedLungs(choice) if lungs else None)


def load(path: Path | None = None) -> Model | Blend:
    """Read a model file or a blend; None takes the model that ships with pleura.

    Raises:
        ModelFileError: no valid model or blend.
    """
    path = model_path(path)
    return read_blend(path) if path.suffix.lower() == BLEND_SUFFIX else read_model(path)


def model_path(path: Path | None) -> Path:
    """Where a model lies: a path, or what `pleura models` lists by this name; None is the one that reads by default.

    A file of the same name in the working folder comes first.

    Raises:
        ModelFileError: no model was named, and this installation has none.
    """
    if path is None:
        return shipped_model()
    return path if path.is_file() else shipped_by_name(str(path)) or path


def first_model_path(path: Path) -> Path:
    """Where the first model of a cascade lies: a path, or `rule-out` for the one that ships.

    A file of the same name in the working folder comes first.
    """
    return _FIRST if str(path) == _FIRST.stem and not path.is_file() else path


def one_model(paths: Sequence[Path]) -> Path | None:
    """The one model that was named, or None for the shipped one.

    Raises:
        ModelFileError: several models, whose common decision nobody fitted.
    """
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise ModelFileError(
            names,
            "are several models with several decisions",
            "Name them in one blend file (TOML) with its own decision, and give that as the model.",
        )
    return paths[0] if paths else None


def shipped_models() -> list[Path]:
    """Model files and blends inside this package that find a pneumothorax, by name."""
    found = [path for path in _SHIPPED.glob("*") if path.suffix in (".onnx", BLEND_SUFFIX) and path not in _OTHERS]
    return sorted((path for path in found if not path.name.endswith(CARD_SUFFIX)), key=lambda path: path.stem)


def shipped_by_name(name: str) -> Path | None:
    """The shipped model that `pleura models` lists by this name, such as `default-cascade`, or None."""
    return next((path for path in shipped_models() if path.stem == name), None)


def shipped_model() -> Path:
    """The model that reads films where none is named: `default.toml` or `default.onnx`.

    Raises:
        ModelFileError: this installation has none.
    """
    found = [path for path in shipped_models() if path.stem == _DEFAULT]
    if not found:
        raise ModelFileError(
            _SHIPPED / f"{_DEFAULT}.onnx", "this installation has no model of its own", "Name one with --model."
        )
    return found[-1]


def kept_predictor(path: Path | None = None, *, gate: bool = True, lungs: bool = True) -> Predictor:
    """A predictor that stays open from call to call, until its file changes; `gate`, `lungs`: see `load_predictor`.

    Raises:
        ModelFileError: no valid model or blend, or no valid gate.
    """
    path = model_path(path).resolve()
    try:
        state = path.stat()
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    return _kept(path, gate, lungs, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _kept(path: Path, gate: bool, lungs: bool, changed_ns: int, size: int) -> Predictor:
    """Time and size stand in the key only: a model trained anew under the same name is read anew."""
    return load_predictor(path, gate=gate, lungs=lungs)
