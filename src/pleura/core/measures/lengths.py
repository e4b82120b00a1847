"""From rows and columns of one side to cm, with the ends on the film."""

import numpy as np
from numpy.typing import NDArray

from pleura.core.measures.half import Half
from pleura.core.measures.needs import half
from pleura.core.measures.scene import Distance, Scene, Unsaid
from pleura.core.types import Ends, Spacing

_MM_A_CM = 10.0
_EDGE = 0.5
"""From the centre of a pixel to its border."""


def gap_along(scene: Scene, row: int) -> Distance | Unsaid:
    """The air between the chest wall and the lung along one row of a hemithorax.

    Raises:
        ValueError: the spacing is unknown.
    """
    side = half(scene)
    gap = int(side.gaps[row])
    if gap < 0:
        return Unsaid("no lung stands at this level")
    edge = int(_inner_edges(side, np.array([row]))[0])
    return Distance(gap * _spacing(scene).column_mm / _MM_A_CM, _ends_along(side, row, gap, edge))


def widest_beside(scene: Scene, rows: NDArray[np.int64]) -> Distance:
    """The longest way, over some rows, from where the air meets the lung to the chest wall nearest to there.

    Never longer than the air along the row itself: where something else fills the gap, air alone counts.

    Args:
        scene: a side with a lung, on a film whose spacing is known.
        rows: of the hemithorax, one or more; each holds lung.

    Raises:
        ValueError: the spacing is unknown.
    """
    side, spacing = half(scene), _spacing(scene)
    walls = np.flatnonzero(side.cavity.any(axis=1))
    edge = _inner_edges(side, rows).astype(np.float32)
    wall = side.cavity.argmax(axis=1)[walls].astype(np.float32)
    down = np.subtract.outer(rows, walls).astype(np.float32) * np.float32(spacing.row_mm)
    across = np.subtract.outer(edge, wall) * np.float32(spacing.column_mm)
    squared = down * down + across * across
    nearest, along = np.sqrt(squared.min(axis=1)), side.gaps[rows] * spacing.column_mm
    found = np.minimum(nearest, along)
    at = int(found.argmax())
    row, inner = int(rows[at]), float(edge[at])
    if along[at] < nearest[at]:
        ends = _ends_along(side, row, int(side.gaps[row]), int(inner))
    else:
        near = int(squared[at].argmin())
        ends = _ends(side, (int(walls[near]), float(wall[near]) - _EDGE), (row, inner - _EDGE))
    return Distance(float(found[at]) / _MM_A_CM, ends)


def down_to(scene: Scene, row: int) -> Distance:
    """From the top of the hemithorax straight down to the top of a row; its ends stand over that row's lung.

    Raises:
        ValueError: the spacing is unknown.
    """
    side = half(scene)
    column = float(np.flatnonzero(side.lung[row]).mean())
    ends = _ends(side, (-_EDGE, column), (row - _EDGE, column))
    return Distance(row * _spacing(scene).row_mm / _MM_A_CM, ends)


def _inner_edges(side: Half, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the air beside the lung ends in each row, (N,): the lung loses what is thinner than a sliver."""
    columns = np.arange(side.lung.shape[1])
    outer = side.air[rows] & (columns < side.lung[rows].argmax(axis=1)[:, None])
    edges: NDArray[np.int64] = columns.size - outer[:, ::-1].argmax(axis=1)
    return edges


def _ends_along(side: Half, row: int, gap: int, edge: int) -> Ends | None:
    """The ends of so much air along a row up to its inner edge; None where it does not lie in one piece."""
    if not side.air[row, edge - gap : edge].all():
        return None
    return _ends(side, (row, edge - gap - _EDGE), (row, edge - _EDGE))


def _ends(side: Half, outer: tuple[float, float], inner: tuple[float, float]) -> Ends | None:
    return None if outer == inner else (side.on_film(*outer), side.on_film(*inner))


def _spacing(scene: Scene) -> Spacing:
    if scene.film.spacing is None:
        raise ValueError("a length was asked of a film without spacing")
    return scene.film.spacing
