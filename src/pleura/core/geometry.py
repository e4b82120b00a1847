"""Where a network looks on a film: the same window on the way in and on the way back."""

from dataclasses import dataclass

from pleura.core.spec import REFERENCE_SIDE, Crop


@dataclass(frozen=True)
class Window:
    """The part of a film that the network sees, in native pixels: rows [top, bottom), columns [left, right)."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the part."""
        return self.bottom - self.top, self.right - self.left


def crop_window(shape: tuple[int, ...], crop: Crop | None) -> Window:
    """Place a fractional crop on a film of `shape` (H, W), clipped to the film; it is never empty."""
    height, width = shape[:2]
    if crop is None:
        return Window(0, height, 0, width)
    down, across = crop.margin_px * height / REFERENCE_SIDE, crop.margin_px * width / REFERENCE_SIDE
    top, bottom = _span(crop.top * height - down, crop.bottom * height + down, height)
    left, right = _span(crop.left * width - across, crop.right * width + across, width)
    return Window(top, bottom, left, right)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """Whole pixels between two positions on an axis of `size` pixels, one at the least."""
    first = min(max(0, round(low)), size - 1)
    return first, max(first + 1, min(size, round(high)))
