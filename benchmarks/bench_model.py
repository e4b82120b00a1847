"""The model whose use is measured."""

import os
from pathlib import Path

from pleura.predict import shipped_model
from pleura.predict.loading import load
from pleura.runtime import Blend, Model


def model_path() -> Path:
    """The file that the variable PLEURA_MODEL names, else the model that ships with pleura."""
    named = os.environ.get("PLEURA_MODEL")
    return Path(named) if named else shipped_model()


def parts_of(path: Path) -> tuple[Model, ...]:
    """The networks behind a model file or a blend."""
    model = load(path)
    return model.models if isinstance(model, Blend) else (model,)
