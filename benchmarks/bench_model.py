"""The model whose use is measured."""

import os
from pathlib import Path

from pleura.predict import shipped_model


def model_path() -> Path:
    """The file that the variable PLEURA_MODEL names, else the model that ships with pleura."""
    named = os.environ.get("PLEURA_MODEL")
    return Path(named) if named else shipped_model()
