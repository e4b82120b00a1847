"""From rows and columns of one side to cm."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid
from pleura.core.types import Spacing

_MM_A_CM = 10.0


def gap_cm(scene: Scene, row: int) -> float | Unsaid:
    """The air between the chest wall and the lung along one row of a hemithorax."""
    gap = int(half(scene).gaps[row])
    return Unsaid("no lung stands at this level") if gap < 0 else across_cm(scene, gap)


def beside_cm(scene: Scene, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """From where the air meets the lung in each of these rows, (N,), to the nearest chest wall; (N,) in cm.

    Never longer than the air along the row itself: where something else fills the gap, air alone counts.

    Args:
        scene: a side with a lung, on a film whose spacing is known.
        rows: of the hemithorax; each holds lung.

    Raises:
        ValueError: the spacing is unknown.
    """
    side, spacing = half(scene), _spacing(scene)
    walls = np.flatnonzero(side.cavity.any(axis=1))
    columns = np.arange(side.lung.shape[1])
    outer = side.air[rows] & (columns < side.lung[rows].argmax(axis=1)[:, None])
    # Where the air ends, since a lung loses what is thinner than a sliver at its sharp corners.
    edge = (columns.size - outer[:, ::-1].argmax(axis=1)).astype(np.float32)
    wall = side.cavity.argmax(axis=1)[walls].astype(np.float32)
    down = np.subtract.outer(rows, walls).astype(np.float32) * np.float32(spacing.row_mm)
    across = np.subtract.outer(edge, wall) * np.float32(spacing.column_mm)
    nearest = np.sqrt((down * down + across * across).min(axis=1))
    found: NDArray[np.float64] = np.minimum(nearest, side.gaps[rows] * spacing.column_mm) / _MM_A_CM
    return found


def across_cm(scene: Scene, columns: int) -> float:
    """Columns as cm.

    Raises:
        ValueError: the spacing is unknown.
    """
    return columns * _spacing(scene).column_mm / _MM_A_CM


def down_cm(scene: Scene, rows: int) -> float:
    """Rows as cm.

    Raises:
        ValueError: the spacing is unknown.
    """
    return rows * _spacing(scene).row_mm / _MM_A_CM


def _spacing(scene: Scene) -> Spacing:
    if scene.film.spacing is None:
        raise ValueError("a length was asked of a film without spacing")
    return scene.film.spacing
