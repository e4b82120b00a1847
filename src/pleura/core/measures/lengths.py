"""From rows and columns of one side to cm."""

from pleura.core.measures.needs import half
from pleura.core.measures.scene import Scene, Unsaid
from pleura.core.types import Spacing

_MM_A_CM = 10.0


def gap_cm(scene: Scene, row: int) -> float | Unsaid:
    """The air between the chest wall and the lung along one row of a hemithorax."""
    gap = int(half(scene).gaps[row])
    return Unsaid("no lung stands at this level") if gap < 0 else across_cm(scene, gap)


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
