"""The curves of a recipe's folds as one picture: their mean with the band from the lowest to the highest."""

import json
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from pleura.core.files import write_bytes
from pleura.train.curves import curves_png, loss_and_score_axes

_METRICS = "metrics.jsonl"
_LOSS = "loss"


def write_fold_curves(runs: list[Path], path: Path, monitor: str) -> None:
    """Draw losses and the monitored metric of several runs over their epochs, from the metrics.jsonl of each.

    A fold that stopped early takes part in the epochs that it has.
    """
    histories = [[json.loads(line) for line in (run / _METRICS).read_text("utf-8").splitlines()] for run in runs]
    figure, losses, scores = loss_and_score_axes(f"mean of {len(runs)} folds")
    _band(losses, [[epoch["train_loss"] for epoch in history] for history in histories], "training")
    _band(losses, [_validation(history, _LOSS) for history in histories], "validation")
    if monitor != _LOSS:
        _band(scores, [_validation(history, monitor) for history in histories], monitor)
    write_bytes(path, curves_png(figure))


def mean_and_band(series: list[list[float | None]]) -> NDArray[np.float64]:
    """Mean, lowest and highest value an epoch, (3, epochs); NaN where no series has a value."""
    table = np.full((len(series), max(map(len, series))), np.nan)
    for row, values in zip(table, series, strict=True):
        row[: len(values)] = [np.nan if value is None else value for value in values]
    found = np.full((3, table.shape[1]), np.nan)
    there = ~np.isnan(table).all(axis=0)
    known = table[:, there]
    found[:, there] = np.nanmean(known, axis=0), np.nanmin(known, axis=0), np.nanmax(known, axis=0)
    return found


def _validation(history: list[dict[str, dict[str, float | None]]], name: str) -> list[float | None]:
    """A metric an epoch, None where the epoch was not validated or the metric undefined."""
    return [epoch["validation"].get(name) for epoch in history]


def _band(axes: Axes, series: list[list[float | None]], label: str) -> None:
    mean, lowest, highest = mean_and_band(series)
    epochs = np.flatnonzero(~np.isnan(mean))
    if epochs.size:
        (line,) = axes.plot(epochs, mean[epochs], label=label)
        axes.fill_between(epochs, lowest[epochs], highest[epochs], color=line.get_color(), alpha=0.2)
