"""Grey values as other machines and other windows would give them."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from pleura.core.recipe import Tone

_FULL_DEPTH = 65535.0


@dataclass(frozen=True)
class ToneDraw:
    """One film's grey-value change; the defaults change nothing."""

    low: float = 0.0
    high: float = 1.0
    gamma: float = 1.0
    gain: float = 1.0
    shift: float = 0.0
    levels: float = _FULL_DEPTH
    noise: float = 0.0
    noise_seed: int = 0


def draw_tone(tone: Tone, rng: np.random.Generator) -> ToneDraw:
    """Draw one film's change: with chance `chance`, one of the recipe's kinds."""
    plain = ToneDraw()
    if rng.random() >= tone.chance:
        return plain
    kind = tone.kinds[int(rng.integers(len(tone.kinds)))]
    if kind == "brightness_contrast":
        shift = float(rng.uniform(-tone.brightness, tone.brightness))
        return replace(plain, shift=shift, gain=float(1 + rng.uniform(-tone.contrast, tone.contrast)))
    if kind == "gamma":
        return replace(plain, gamma=float(np.exp(rng.uniform(*np.log(tone.gamma)))))
    if kind == "window":
        low, high = float(rng.uniform(0, tone.window)), float(1 - rng.uniform(0, tone.window))
        return replace(plain, low=low, high=high)
    if kind == "bits":
        return replace(plain, levels=float(2 ** int(rng.integers(tone.bits[0], tone.bits[1] + 1)) - 1))
    return replace(plain, noise=float(rng.uniform(0, tone.noise)), noise_seed=int(rng.integers(2**62)))


def apply_tone(films: Tensor, draws: list[ToneDraw]) -> Tensor:
    """Change (N, 1, S, S) films in [0, 1], each by its own draw; the result is in [0, 1]."""

    def column(name: str) -> Tensor:
        values = [getattr(item, name) for item in draws]
        return torch.tensor(values, dtype=torch.float32, device=films.device).view(-1, 1, 1, 1)

    low = column("low")
    films = ((films - low) / (column("high") - low)).clamp(0, 1)
    films = films.pow(column("gamma"))
    mean = films.mean(dim=(1, 2, 3), keepdim=True)
    films = (films - mean) * column("gain") + mean + column("shift")
    films = films + _noise(films, draws)
    levels = column("levels")
    return (films.clamp(0, 1) * levels).round() / levels


def _noise(films: Tensor, draws: list[ToneDraw]) -> Tensor:
    """Gaussian noise, drawn for each film from its own seed so that it can be replayed."""
    noise = torch.zeros_like(films)
    for plane, item in zip(noise, draws, strict=True):
        if item.noise > 0:
            generator = torch.Generator(films.device).manual_seed(item.noise_seed)
            plane.normal_(0, item.noise, generator=generator)
    return noise
