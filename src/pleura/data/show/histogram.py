"""The sizes of masks as a histogram over powers of ten."""

from collections.abc import Sequence
from html import escape

import numpy as np

from pleura.output.page.plane import Axis, Plane

_BINS_A_POWER = 6
_LEAST = 1e-4
"""Percent of the film, a pixel of 1000 x 1000: what is smaller stands in its bin."""


def area_histogram(areas: Sequence[float], title: str) -> str:
    """A `<figure>` of the shares of films that masks cover, in (0, 1], as percent on a logarithmic axis."""
    percent = np.maximum(np.asarray(areas, dtype=np.float64) * 100, _LEAST)
    bins = np.floor(np.log10(percent) * _BINS_A_POWER).astype(np.int64)
    edges = 10 ** (np.arange(bins.min(), bins.max() + 2) / _BINS_A_POWER)
    counts = np.bincount(bins - bins.min())
    x = Axis(float(edges[0]), float(edges[-1]), "mask, % of the film", log=True, steps=(1.0, 2.0, 5.0))
    plane = Plane(x, Axis(0.0, 1.08 * float(counts.max()), "films", most=5, whole=True))
    bars = "".join(
        _bar(plane, (float(left), float(right)), int(count))
        for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True)
        if count
    )
    size = f'viewBox="0 0 {plane.width} {plane.height}"'
    label = f"Histogram of the mask's share of the film over {len(areas)} films"
    return (
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>'
        f'<svg {size} role="img" aria-label="{label}">{"".join(plane.grid())}{bars}</svg></figure>'
    )


def _bar(plane: Plane, ends: tuple[float, float], count: int) -> str:
    left, right = (plane.across(end) for end in ends)
    top, bottom = plane.down(count), plane.down(0)
    place = f'x="{left + 0.75:.1f}" y="{top:.1f}" width="{right - left - 1.5:.1f}" height="{bottom - top:.1f}"'
    told = f"{ends[0]:.2g} to {ends[1]:.2g} %: {count} films"
    # Drawn in the page's first line colour, light or dark.
    return f'<rect style="fill: var(--line-0)" {place}><title>{told}</title></rect>'
