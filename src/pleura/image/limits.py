"""What every film must satisfy, whatever its format: a sensible size, and something on it."""

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Pixels

LEAST_SIDE = 64
MOST_SIDE = 8192
MOST_PIXELS = 64 << 20
MOST_ASPECT = 4


def check_size(path: str, rows: int, columns: int) -> None:
    """Refuse a declared size that no chest film has; called before any pixel is decoded.

    Raises:
        UnreadableImage: `size`.
    """
    small, large = sorted((rows, columns))
    if small < LEAST_SIDE:
        reason = f"{rows} x {columns} pixels: a side is under {LEAST_SIDE}"
    elif large > MOST_SIDE:
        reason = f"{rows} x {columns} pixels: a side is over {MOST_SIDE}"
    elif large > MOST_ASPECT * small:
        reason = f"{rows} x {columns} pixels: one side is over {MOST_ASPECT} times the other"
    else:
        return
    raise UnreadableImage(path, Refusal.SIZE, reason, "Give the whole film at its original size.")


def check_exposed(path: str, pixels: Pixels) -> None:
    """Refuse a film whose pixels are all the same.

    Raises:
        UnreadableImage: `blank`.
    """
    first = pixels[0, 0]
    # Nearly every film is told apart by its first row; only a suspicious one is looked at whole.
    if (pixels[0] == first).all() and (pixels == first).all():
        reason = "every pixel has the same value"
        raise UnreadableImage(path, Refusal.BLANK, reason, "Export the film again from its archive.")
