"""The films that a report shows, with both outlines."""

import math
from collections.abc import Sequence

from pleura.evidence.film_tile import FilmTile, draw_tile
from pleura.evidence.gallery import Shown
from pleura.evidence.report.reader import Reader
from pleura.output.page.frame import note, section

_KEY = '<ul class="key"><li><i class="truth"></i>truth</li><li><i class="predicted"></i>prediction</li></ul>'
_NUMBERS = (
    "Films by their row in films.csv and a short hash of their id, which films.csv gives beside the id. "
    "Each is shown at display contrast; sizes are shares of the film."
)


def galleries(readers: Sequence[Reader]) -> list[str]:
    """A section of galleries for each reader."""
    several = len(readers) > 1
    return [
        section(
            f"Films of {reader.judgement.title}" if several else "Films",
            note(_NUMBERS),
            _KEY,
            *_galleries(reader.shown),
        )
        for reader in readers
    ]


def _galleries(shown: Shown) -> list[str]:
    totals = shown.totals
    median = "" if math.isnan(shown.median_dice) else f" (median {shown.median_dice:.2f})"
    rows: tuple[tuple[str, Sequence[FilmTile], str], ...] = (
        ("Best outlined", shown.best, "No pneumothorax was found where there is one."),
        (f"Nearest to the median Dice{median}", shown.median, "No film is left that is not shown elsewhere."),
        ("Worst outlined of those found", shown.worst, "No film is left that is not shown elsewhere."),
        (_count("Missed", totals["missed"], totals["positives"], "with a pneumothorax"), shown.missed, "None."),
        (f"False alarms: {totals['alarms']:,}", shown.alarms, "None."),
    )
    return [f"<h3>{title}</h3>{_tiles(tiles) if tiles else note(none)}" for title, tiles, none in rows]


def _count(what: str, part: int, whole: int, of: str) -> str:
    return f"{what}: {part:,} of {whole:,} {of}"


def _tiles(tiles: Sequence[FilmTile]) -> str:
    return f'<div class="tiles">{"".join(map(draw_tile, tiles))}</div>'
