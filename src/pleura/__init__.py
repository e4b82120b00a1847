"""pleura finds, outlines and measures a pneumothorax on a chest radiograph."""

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pleura.core.types import Finding

__all__ = ["__version__", "segment"]
__version__ = version("pleura")


def segment(path: str | Path, *, model: str | Path | None = None, gate: bool = True, lungs: bool = True) -> "Finding":
    """Read one film and find, outline and measure its pneumothorax.

    The model stays open for the next film. In a notebook the finding shows itself as a picture.

    Args:
        path: a DICOM, PNG, JPEG, TIFF or WebP file.
        model: a model file or blend; None takes the model that ships with pleura.
        gate: refuse what does not look like a frontal chest film.
        lungs: look for the hemithoraces on a film with a finding; without them nothing that needs them is measured.

    Returns:
        The same finding as `pleura predict` writes.

    Raises:
        UnreadableImage: the film must not be read; `refusal` says why.
        ModelFileError: no valid model or blend.
        EngineError: this machine cannot run the model.
    """
    # Imported here, so that `pleura --help` and `pleura.__version__` need none of it.
    from pleura.image import read_film
    from pleura.predict.loading import kept_predictor

    return kept_predictor(None if model is None else Path(model), gate=gate, lungs=lungs).read(read_film(Path(path)))
