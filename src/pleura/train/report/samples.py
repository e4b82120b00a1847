"""Which validation films a run's report shows, and how they are kept from epoch to epoch in RUN/samples."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pleura.core.files import write_text
from pleura.data import Dataset
from pleura.data.film_key import film_key
from pleura.train.report.tile import Outcome, Planes, Tile, make_tile

SAMPLES = "samples"
SHOWN = 6
"""Films that are shown at every epoch, as many with a pneumothorax as without where there are enough."""
WORST = 3
"""Films of each kind, missed and falsely outlined, that went worst."""
MOST_EPOCHS = 8
"""Epochs that are kept, evenly spaced, beside the best and the last."""


@dataclass(frozen=True)
class Sheet:
    """What is shown of one validated epoch: the same films every time, and those that went worst."""

    epoch: int
    shown: tuple[Tile, ...]
    missed: tuple[Tile, ...]
    alarms: tuple[Tile, ...]


class Watch:
    """Looks on while the validation films are judged, and keeps what the report shows of them.

    It is called once a film with the film's row among the validation films, its planes on the network's grid and
    its image-level score.
    """

    def __init__(self, dataset: Dataset, films: NDArray[np.int64], seed: int) -> None:
        self._keys = [film_key(dataset.cases[int(film)].id) for film in films]
        present = np.array([dataset.cases[int(film)].present for film in films], dtype=np.bool_)
        self._chosen = choose(present, seed)
        self._seen: dict[int, tuple[Planes, Outcome]] = {}

    def __call__(self, row: int, planes: Planes, score: float) -> None:
        """Look at one judged film."""
        self._seen[row] = (planes, outcome_of(planes, score))
        missed, alarms = self._worst()
        self._seen = {kept: self._seen[kept] for kept in {*self._chosen, *missed, *alarms} & self._seen.keys()}
        if row in self._seen:
            # The planes are views of a whole batch, which would stay in memory with them.
            self._seen[row] = (planes.copy(), self._seen[row][1])

    def sheet(self, epoch: int) -> Sheet:
        """What was kept since the last sheet, drawn; the next validation begins anew."""
        missed, alarms = self._worst()
        sheet = Sheet(epoch, *(tuple(map(self._tile, rows)) for rows in (self._chosen, missed, alarms)))
        self._seen = {}
        return sheet

    def _worst(self) -> tuple[list[int], list[int]]:
        """Rows of the films that went worst, missed and falsely outlined ones; ties go to the earlier film.

        Of films with a pneumothorax those with the lowest Dice, none that is outlined perfectly; of the others those
        with the largest outlined share, none that is left empty.
        """
        results = [(row, outcome) for row, (_, outcome) in sorted(self._seen.items())]
        missed = [(result.dice, row) for row, result in results if result.present and result.dice < 1]
        alarms = [(-result.outlined, row) for row, result in results if not result.present and result.outlined > 0]
        return [row for _, row in sorted(missed)[:WORST]], [row for _, row in sorted(alarms)[:WORST]]

    def _tile(self, row: int) -> Tile:
        planes, outcome = self._seen[row]
        return make_tile(row + 1, self._keys[row], planes, outcome)


def choose(present: NDArray[np.bool_], seed: int) -> list[int]:
    """Rows of the films to show, drawn before any is judged: half with a pneumothorax, which come first."""
    mixed = np.random.default_rng(seed).permutation(present.size)
    with_air, without = mixed[present[mixed]], mixed[~present[mixed]]
    wanted = min(SHOWN // 2, with_air.size)
    healthy = without[: SHOWN - wanted]
    return [int(row) for row in (*np.sort(with_air[: SHOWN - healthy.size]), *np.sort(healthy))]


def outcome_of(planes: Planes, score: float) -> Outcome:
    """What came of one film; the Dice of two empty masks is 1."""
    both = int((planes.truth & planes.predicted).sum())
    total = int(planes.truth.sum()) + int(planes.predicted.sum())
    dice = 2 * both / total if total else 1.0
    return Outcome(bool(planes.truth.any()), score, dice, float(planes.predicted.mean()))


def keep_sheet(folder: Path, sheet: Sheet, validated: Sequence[int], best_epoch: int | None) -> None:
    """Write a sheet into RUN/samples and drop those that need not be kept, so that the folder stays small.

    A run that is resumed writes the sheets of its repeated epochs again under the same names.

    Args:
        folder: the run's.
        sheet: what is shown of the last validated epoch.
        validated: every epoch that has been validated, ascending, this one included.
        best_epoch: the best of them, or None where none is.
    """
    write_text(_path(folder, sheet.epoch), json.dumps(asdict(sheet)) + "\n")
    kept = {*spaced(validated), sheet.epoch, best_epoch}
    for path in (folder / SAMPLES).glob("[0-9]*.json"):
        if int(path.stem) not in kept:
            path.unlink()


def spaced(epochs: Sequence[int]) -> list[int]:
    """At most MOST_EPOCHS of `epochs`: every 1st, 2nd, 4th, 8th ... of them, as often as that allows.

    Powers of two, because a multiple of a larger one is always one of a smaller: what is kept later was never
    dropped earlier.
    """
    step = 1
    while len(epochs) // step > MOST_EPOCHS:
        step *= 2
    return list(epochs[step - 1 :: step])


def read_sheets(folder: Path) -> list[Sheet]:
    """The sheets of a run, by epoch; none where it has not validated yet."""
    return [_sheet(json.loads(path.read_text("utf-8"))) for path in sorted((folder / SAMPLES).glob("[0-9]*.json"))]


def _sheet(content: dict[str, Any]) -> Sheet:
    groups = (tuple(map(_tile, content[name])) for name in ("shown", "missed", "alarms"))
    return Sheet(content["epoch"], *groups)


def _tile(content: dict[str, Any]) -> Tile:
    return Tile(**{**content, "outcome": Outcome(**content["outcome"])})


def _path(folder: Path, epoch: int) -> Path:
    return folder / SAMPLES / f"{epoch:05d}.json"
