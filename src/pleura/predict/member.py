"""One network of a predictor: from films to what it says of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.chunks import chunks
from pleura.core.errors import EngineError, ModelFileError
from pleura.core.geometry import lung_window
from pleura.core.patches import cut_patches, join_patches
from pleura.core.postprocess import average, film_maps, fold_flips, lay_over
from pleura.core.preprocess import to_network
from pleura.core.spec import Crop, DecisionSpec, InputSpec
from pleura.core.types import Maps, Radiograph
from pleura.predict.clock import Clock, shared
from pleura.runtime import Engine, EngineChoice, Model, Outputs, open_engine

PATCHES_AT_ONCE = 8
"""More in one batch are no faster on a CPU, and cost memory."""


@dataclass(frozen=True)
class Looks:
    """How often a film is looked at: mirrored too, and on grids of these multiples of the model's side."""

    flip: bool
    scales: tuple[float, ...] = (1.0,)

    @classmethod
    def of(cls, decision: DecisionSpec) -> "Looks":
        """As a decision asks for."""
        return cls(decision.tta == "flip", decision.scales)


@dataclass(frozen=True)
class Placed:
    """A film on its way through one network.

    Attributes:
        film: the film.
        spec: how it becomes the network's grid, which `Member.spec_of` gives.
        clock: counts what the film costs.
    """

    film: Radiograph
    spec: InputSpec
    clock: Clock


@dataclass(frozen=True)
class Member:
    """A network with its input spec, the engine that runs it, and its share among those of its role, in (0, 1]."""

    spec: InputSpec
    engine: Engine
    share: float

    def spec_of(self, lungs: Crop | None) -> InputSpec:
        """How one film becomes this network's grid; `lungs` is the box around them, None where none were found."""
        asked = self.spec.lung_crop
        return self.spec if asked is None else self.spec.cropped(lung_window(lungs, asked))

    def maps(self, films: Sequence[Placed], looks: Looks) -> list[Maps]:
        """What it says of each of one or more films, each on the grid of its spec; looks at a film are averaged.

        The films go through the network in one batch, which may change the last bits of what is said of each.

        Raises:
            EngineError: the network gives no numbers, which must not pass for "nothing found".
        """
        seen = self._seen(films, looks.flip, looks.scales)
        return [_over_scales([_folded(found) for found in one], self.spec, looks.scales) for one in seen]

    def both(self, films: Sequence[Placed], scales: tuple[float, ...]) -> list[tuple[Maps, Maps]]:
        """The same without and with the mirrored film.

        Raises:
            EngineError: as `maps`.
        """
        return [
            (
                _over_scales([found[0] for found in one], self.spec, scales),
                _over_scales([_folded(found) for found in one], self.spec, scales),
            )
            for one in self._seen(films, True, scales)
        ]

    def _seen(
        self, films: Sequence[Placed], flip: bool, scales: tuple[float, ...]
    ) -> Iterator[tuple[list[Maps], ...]]:
        """For each film what `_one_scale` gives of it, at one scale after the other."""
        return zip(*(self._one_scale(films, scale, flip) for scale in scales), strict=True)

    def _one_scale(self, films: Sequence[Placed], scale: float, flip: bool) -> Iterator[list[Maps]]:
        """For each film its maps and, with `flip`, those of its mirror image as they are."""
        looks = [look for one in films for look in _looks(one, scale, flip)]
        clocks = [one.clock for one in films]
        with shared(clocks, "preprocess"):
            batch = np.stack(looks)
        with shared(clocks, "network"):
            outputs = self._run(batch, self.spec.at_scale(scale))  # Films differ in their crops alone.
            if any(np.isnan(said).any() for said in outputs.values()):
                reason = f"the network gives no numbers in {self.engine.precision} on {self.engine.name}"
                raise EngineError(reason, "Choose another engine or precision, or another model.")
            return chunks(film_maps(outputs), len(looks) // len(films))

    def _run(self, batch: NDArray[np.float32], spec: InputSpec) -> Outputs:
        """Run the network on whole grids, or on windows of them."""
        if spec.patch is None:
            return self.engine.run(batch)
        patches = cut_patches(batch, spec.patch)
        parts = [
            self.engine.run(patches[start : start + PATCHES_AT_ONCE])
            for start in range(0, len(patches), PATCHES_AT_ONCE)
        ]
        whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return join_patches(whole, spec.side, spec.patch)


def _looks(one: Placed, scale: float, flip: bool) -> list[NDArray[np.float32]]:
    """A film's grid at one scale and, with `flip`, its mirror image, each (C, S, S)."""
    with one.clock.stage("preprocess"):
        plain = to_network(one.film, one.spec.at_scale(scale))
        return [plain, plain[..., ::-1]] if flip else [plain]


def _folded(found: list[Maps]) -> Maps:
    return fold_flips(found[0], found[1]) if len(found) > 1 else found[0]


def _over_scales(seen: list[Maps], spec: InputSpec, scales: tuple[float, ...]) -> Maps:
    """The mean of maps at each scale, on the grid of `spec`."""
    scaled = [spec.at_scale(scale).cropped(None) for scale in scales]
    laid = [lay_over(maps, spec.side, each) for maps, each in zip(seen, scaled, strict=True)]
    return laid[0] if len(laid) == 1 else average(laid, (1.0,) * len(laid))


def open_member(model: Model, share: float, looks: Looks, choice: EngineChoice) -> Member:
    """Make one model ready to look at films.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network, or its file is for one side and the looks need others.
    """
    spec = model.spec.input
    others = spec.other_sides(looks.scales)
    if others and not model.any_side:
        reason = f"takes films of {spec.network_side} px alone, and its decision reads them at {min(others)} px too"
        remedy = "Set scales = [1.0], or train and export it with those scales in the recipe's decision."
        raise ModelFileError(model.path, reason, remedy)
    return Member(spec, open_engine(model, choice), share)
