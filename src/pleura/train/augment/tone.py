"""Grey values as other machines and other windows would give them."""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from pleura.core.preprocess import equalise
from pleura.core.recipe import Tone
from pleura.core.spec import Clahe

_FULL_DEPTH = 65535.0
_REACH = 4
"""Deviations of a Gaussian beyond which nothing of it is left in a float32."""


@dataclass(frozen=True)
class ToneDraw:
    """One film's grey-value change; the defaults change nothing. `blur` is a fraction of the film's side."""

    low: float = 0.0
    high: float = 1.0
    gamma: float = 1.0
    gain: float = 1.0
    shift: float = 0.0
    levels: float = _FULL_DEPTH
    noise: float = 0.0
    noise_seed: int = 0
    blur: float = 0.0
    equalised: Clahe | None = None


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
    if kind == "blur":
        return replace(plain, blur=float(rng.uniform(0, tone.blur)))
    if kind == "equalise":
        return replace(plain, equalised=Clahe(clip=tone.equalise, tiles=tone.equalise_tiles))
    return replace(plain, noise=float(rng.uniform(0, tone.noise)), noise_seed=int(rng.integers(2**62)))


def apply_tone(films: Tensor, draws: list[ToneDraw], side: int | None = None) -> Tensor:
    """Change (N, 1, S, S) films in [0, 1], each by its own draw; the result is in [0, 1].

    `side` is that of the whole films where these are parts of them.
    """

    def column(name: str) -> Tensor:
        values = [getattr(item, name) for item in draws]
        return torch.tensor(values, dtype=torch.float32, device=films.device).view(-1, 1, 1, 1)

    low = column("low")
    films = ((films - low) / (column("high") - low)).clamp(0, 1)
    films = films.pow(column("gamma"))
    mean = films.mean(dim=(1, 2, 3), keepdim=True)
    films = (films - mean) * column("gain") + mean + column("shift")
    films = films + _noise(films, draws)
    films = _equalised(_blurred(films, draws, side or films.shape[-1]), draws)
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


def _blurred(films: Tensor, draws: list[ToneDraw], side: int) -> Tensor:
    """Blur the films that are to be, each by a Gaussian of its own width, with the edges' pixels beyond the edge."""
    chosen = [number for number, item in enumerate(draws) if item.blur > 0]
    if not chosen:
        return films
    sigma = torch.tensor([draws[number].blur * side for number in chosen], device=films.device)
    reach = min(math.ceil(_REACH * float(sigma.max())), films.shape[-1] - 1)
    at = torch.arange(-reach, reach + 1, device=films.device)
    weights = torch.exp(-0.5 * (at / sigma[:, None]).square())
    weights = (weights / weights.sum(dim=1, keepdim=True)).view(len(chosen), 1, 1, -1)
    planes = films[chosen].movedim(0, 1)
    for kernel, edge in ((weights, (reach, reach, 0, 0)), (weights.mT, (0, 0, reach, reach))):
        planes = functional.conv2d(functional.pad(planes, edge, mode="replicate"), kernel, groups=len(chosen))
    result = films.clone()
    result[chosen] = planes.movedim(1, 0)
    return result


def _equalised(films: Tensor, draws: list[ToneDraw]) -> Tensor:
    """Equalise the films that are to be, on the host: it is the one step without a counterpart on the device."""
    chosen = [(number, item.equalised) for number, item in enumerate(draws) if item.equalised is not None]
    if not chosen:
        return films
    result = films.clone()
    for number, spec in chosen:
        plane = equalise(films[number, 0].clamp(0, 1).cpu().numpy(), spec)
        result[number, 0] = torch.from_numpy(plane).to(films.device)
    return result
