"""Small findings to write, made without a network."""

import numpy as np

from pleura.core.measures import measure_film
from pleura.core.types import Finding, ModelIdentity, Note, Radiograph, Source, Spacing, View

MODEL = ModelIdentity("pleura-default", "0.1.0", "ab" * 32)


def film(shape=(96, 128), *, spacing=None, pixels=None, name="film.png"):
    """A film with a left-to-right ramp, or with the pixels given."""
    ramp = np.broadcast_to(np.linspace(0, 1, shape[1], dtype=np.float32), shape)
    source = Source(f"in/{name}", name, "cd" * 32, "png")
    return Radiograph(np.ascontiguousarray(ramp) if pixels is None else pixels, source, 8, spacing, view=View.PA)


def finding(mask, *, spacing=None, notes=(), name="film.png"):
    """A finding with this mask and whatever follows from it."""
    found, shown = bool(mask.any()), film(mask.shape, spacing=spacing, name=name)
    measured = measure_film(shown, mask)
    return Finding(
        film=shown,
        present=found,
        score=0.875 if found else 0.125,
        threshold=0.3,
        probability=0.875 if found else 0.125,
        calibrated=False,
        mask=mask,
        probabilities=mask.astype(np.float32),
        regions=measured.regions,
        model=MODEL,
        measures=measured.measures,
        notes=tuple(notes),
        timings={"read": 0.0125},
    )


def present(shape=(96, 128), *, spacing=None, notes=(), name="film.png"):
    """One region with a hole on the picture's left and a smaller one on its right."""
    mask = np.zeros(shape, bool)
    mask[20:60, 10:40] = True
    mask[30:35, 20:25] = False
    mask[70:80, 100:110] = True
    return finding(mask, spacing=spacing, notes=notes, name=name)


def absent(shape=(96, 128)):
    """Nothing found."""
    return finding(np.zeros(shape, bool))


SPACING = Spacing(0.5, 0.25, "PixelSpacing")
NOTE = Note("voi_ignored", "The window of the header has no width and was ignored.")


def noted():
    """A finding with a warning and a known spacing."""
    return present(spacing=SPACING, notes=(NOTE,))
