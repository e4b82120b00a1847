"""The frame of every picture of curves: losses on the left, scores on the right, over epochs."""

import io

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def loss_and_score_axes(scored: str) -> tuple[Figure, Axes, Axes]:
    """An empty picture with its two axes; `scored` says what the scores are of, in [0, 1]."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    losses, scores = figure.subplots(1, 2)
    losses.set(xlabel="epoch", ylabel="loss")
    scores.set(xlabel="epoch", ylabel=scored, ylim=(0, 1))
    return figure, losses, scores


def curves_png(figure: Figure) -> bytes:
    """The picture as PNG, with a grid, and a legend where anything is drawn."""
    for axes in figure.axes:
        axes.grid(alpha=0.3)
        if axes.has_data():
            axes.legend(fontsize=7)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()
