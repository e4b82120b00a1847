"""Which films a report shows: chosen while they are read one by one, so that only a few dozen small ones are kept."""

import heapq
from dataclasses import dataclass

import numpy as np

from pleura.data import Dataset
from pleura.data.film_key import film_key
from pleura.evidence.film_tile import FilmTile, film_dice, make_tile
from pleura.evidence.reading import Reading

SHOWN = 6
"""Films of each kind."""
_RESERVOIR = 60
"""Films with a pneumothorax, drawn by chance, among which those nearest to the median are found."""


@dataclass(frozen=True)
class Shown:
    """The films of a gallery, each kind in the order it is shown.

    Attributes:
        best: found films with the highest Dice, the highest first.
        median: films with a pneumothorax whose Dice lies nearest to the median, in the order of their Dice.
        worst: found films with the lowest Dice, the lowest first.
        missed: films with a pneumothorax that was not found, the largest first.
        alarms: healthy films on which one was found, the highest score first.
        median_dice: the median Dice over all films with a pneumothorax; NaN without one.
        totals: how many films there are of `found`, `missed`, `alarms` and `positives`.
    """

    best: tuple[FilmTile, ...]
    median: tuple[FilmTile, ...]
    worst: tuple[FilmTile, ...]
    missed: tuple[FilmTile, ...]
    alarms: tuple[FilmTile, ...]
    median_dice: float
    totals: dict[str, int]


class _Top:
    """The few films with the highest rank so far; of equal ranks the earlier film stays."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._heap: list[tuple[tuple[float, float], int, FilmTile]] = []

    def wants(self, rank: tuple[float, float]) -> bool:
        return len(self._heap) < self._most or rank > self._heap[0][0]

    def add(self, rank: tuple[float, float], tile: FilmTile) -> None:
        # No two films have one number, so that tiles themselves are never compared.
        heapq.heappush(self._heap, (rank, -tile.number, tile))
        if len(self._heap) > self._most:
            heapq.heappop(self._heap)

    def tiles(self) -> list[FilmTile]:
        return [tile for _, _, tile in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]


class Gallery:
    """Keeps what a report shows of films as they are read; `show` is called once a film, in their order.

    Memory does not grow with the films but for one number each: at most 60 + 4 x 12 tiles of some 25 kB are held.
    """

    def __init__(self, dataset: Dataset, seed: int = 0, most: int = SHOWN) -> None:
        """Begin an empty gallery of at most `most` films of each kind; `seed` draws those for the median."""
        self._dataset, self._most = dataset, most
        self._draw = np.random.default_rng(seed)
        # Twice as many, since a film that is among the best is not shown again among the worst.
        self._tops = {kind: _Top(2 * most) for kind in ("best", "worst", "missed", "alarms")}
        self._reservoir: list[FilmTile] = []
        self._dice: list[float] = []
        self._totals = {"found": 0, "missed": 0, "alarms": 0, "positives": 0}
        self._seen = 0

    def show(self, reading: Reading) -> None:
        """Look at one film while its pixels are there."""
        self._seen += 1
        present = bool(reading.truth.any())
        ranks = self._ranks(reading, present)
        wanted = {kind: rank for kind, rank in ranks.items() if self._tops[kind].wants(rank)}
        place = self._place(reading) if present else None
        if not wanted and place is None:
            return
        tile = make_tile(reading, self._seen, film_key(self._dataset.cases[reading.index].id))
        for kind, rank in wanted.items():
            self._tops[kind].add(rank, tile)
        if place is not None:
            self._reservoir[place : place + 1] = [tile]

    def _ranks(self, reading: Reading, present: bool) -> dict[str, tuple[float, float]]:
        """The kinds a film is of, and its rank in each; counts it."""
        if present and reading.present:
            self._totals["found"] += 1
            dice, size = film_dice(reading), float(reading.truth.mean())
            # Of equal Dice the larger pneumothorax tells more.
            return {"best": (dice, size), "worst": (-dice, size)}
        if present:
            self._totals["missed"] += 1
            return {"missed": (float(reading.truth.mean()), 0.0)}
        if reading.present:
            self._totals["alarms"] += 1
            return {"alarms": (float(np.nan_to_num(reading.score)), float(reading.mask.mean()))}
        return {}

    def _place(self, reading: Reading) -> int | None:
        """Where in the reservoir a film with a pneumothorax goes, or None (algorithm R, Vitter 1985)."""
        self._totals["positives"] += 1
        self._dice.append(film_dice(reading))
        if len(self._reservoir) < _RESERVOIR:
            return len(self._reservoir)
        place = int(self._draw.integers(self._totals["positives"]))
        return place if place < _RESERVOIR else None

    def shown(self) -> Shown:
        """What to show of the films so far; no film is both among the best, the median and the worst."""
        best = self._tops["best"].tiles()[: self._most]
        taken = {tile.number for tile in best}
        worst = [tile for tile in self._tops["worst"].tiles() if tile.number not in taken][: self._most]
        taken |= {tile.number for tile in worst}
        median = float(np.median(self._dice)) if self._dice else float("nan")
        left = [tile for tile in self._reservoir if tile.number not in taken]
        nearest = sorted(left, key=lambda tile: (abs(tile.dice - median), tile.number))[: self._most]
        return Shown(
            best=tuple(best),
            median=tuple(sorted(nearest, key=lambda tile: (tile.dice, tile.number))),
            worst=tuple(worst),
            missed=tuple(self._tops["missed"].tiles()[: self._most]),
            alarms=tuple(self._tops["alarms"].tiles()[: self._most]),
            median_dice=median,
            totals=dict(self._totals),
        )
