"""A square of a film that is lost, so that no one place is relied upon (arXiv 1708.04552)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pleura.core.recipe import Erase


@dataclass(frozen=True)
class EraseDraw:
    """One film's lost square: its side as a fraction of the film's, 0 for none; `left` and `top` in [0, 1].

    At 0 the square touches the left or the top edge, at 1 the right or the bottom one.
    """

    size: float = 0.0
    left: float = 0.0
    top: float = 0.0


def draw_erase(erase: Erase, rng: np.random.Generator) -> EraseDraw:
    """Draw one film's square, with chance `chance`."""
    if rng.random() >= erase.chance:
        return EraseDraw()
    return EraseDraw(float(rng.uniform(*erase.size)), float(rng.random()), float(rng.random()))


def apply_erase(films: Tensor, draws: list[EraseDraw], side: int) -> Tensor:
    """Fill each film's square with the film's own mean, which says nothing; black would look like air.

    Args:
        films: (N, 1, S, S), whole or cropped.
        draws: one a film.
        side: rows and columns of the whole film, whose fractions the squares' sides are.
    """
    if not any(item.size > 0 for item in draws):
        return films
    shape = films.shape[-1]
    size = [min(shape, round(item.size * side)) for item in draws]
    lost = _within([item.top for item in draws], size, shape, films.device)[:, None, :, None]
    lost = lost & _within([item.left for item in draws], size, shape, films.device)[:, None, None, :]
    return torch.where(lost, films.mean(dim=(1, 2, 3), keepdim=True), films)


def _within(share: list[float], size: list[int], shape: int, device: torch.device) -> Tensor:
    """Which rows (or columns) a square takes, (N, S) bool."""
    first = torch.tensor([round(s * (shape - width)) for s, width in zip(share, size, strict=True)], device=device)
    here = torch.arange(shape, device=device)
    width = torch.tensor(size, device=device)
    return (here >= first[:, None]) & (here < (first + width)[:, None])
