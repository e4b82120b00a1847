"""Drawn chests whose measures are known: two upright boxes for the hemithoraces, with a lung and air inside them."""

import numpy as np

from pleura.core.types import (
    Hanging,
    Hemithoraces,
    Note,
    PatientFacts,
    Posture,
    Radiograph,
    Side,
    Source,
    Spacing,
    View,
)

SPACING = Spacing(0.5, 0.25, "PixelSpacing")
"""A row is 0.05 cm high and a column 0.025 cm wide."""
SHAPE = (600, 1200)
TOP, BOTTOM = 50, 550
WALL, INNER = 100, 500
"""Rows of both hemithoraces, and the columns of the one at the picture's left."""
ADULT = PatientFacts(age=40.0)


def film(spacing=SPACING, *, view=View.PA, patient=ADULT, hanging=Hanging.UNKNOWN, notes=(), shape=SHAPE):
    """A PA film of an adult with known spacing; nothing is on it."""
    source = Source("in/film.png", "film.png", "cd" * 32, "png")
    return Radiograph(np.zeros(shape, np.float32), source, 8, spacing, None, view, notes, patient, hanging)


def chest(shape=SHAPE):
    """Both hemithoraces, of 500 rows (25 cm) by 400 columns (10 cm); the patient's right is at the picture's left."""
    right = np.zeros(shape, bool)
    right[TOP:BOTTOM, WALL:INNER] = True
    return Hemithoraces(right, np.ascontiguousarray(right[:, ::-1]))


def air(apex, lateral, shape=SHAPE, lower=None):
    """Air over `apex` rows above the right lung and `lateral` columns beside it, `lower` in its lower half."""
    mask = np.zeros(shape, bool)
    mask[TOP : TOP + apex, WALL:INNER] = True
    mask[TOP:BOTTOM, WALL : WALL + lateral] = True
    if lower is not None:
        middle = (TOP + apex + BOTTOM) // 2
        mask[middle:BOTTOM, WALL:INNER] = False
        mask[middle:BOTTOM, WALL : WALL + lower] = True
    return mask


def mirrored(masks):
    """The same chest with its sides changed over."""
    return Hemithoraces(
        np.ascontiguousarray(masks.left[:, ::-1]),
        np.ascontiguousarray(masks.right[:, ::-1]),
        masks.hilum_left,
        masks.hilum_right,
    )


def by_name(measured, side=Side.RIGHT):
    """The measures of the film and of one side, by name."""
    return {each.name: each for each in measured.measures if each.side in (None, side)}


SUPINE = PatientFacts(age=40.0, posture=Posture.RECLINED)
IMPLAUSIBLE = Note("spacing_implausible", "By its pixel spacing the film would measure 142 x 142 mm.")
