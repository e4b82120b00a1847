"""One network of a predictor: from a film to what it says of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import EngineError, ModelFileError
from pleura.core.geometry import lung_window
from pleura.core.patches import cut_patches, join_patches
from pleura.core.postprocess import average, film_maps, fold_flips, lay_over
from pleura.core.preprocess import to_network
from pleura.core.spec import Crop, DecisionSpec, InputSpec
from pleura.core.types import Maps, Radiograph
from pleura.predict.clock import Clock
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
class Member:
    """A network with its input spec, the engine that runs it, and its share among those of its role, in (0, 1]."""

    spec: InputSpec
    engine: Engine
    share: float

    def spec_of(self, lungs: Crop | None) -> InputSpec:
        """How one film becomes this network's grid; `lungs` is the box around them, None where none were found."""
        asked = self.spec.lung_crop
        return self.spec if asked is None else self.spec.cropped(lung_window(lungs, asked))

    def maps(self, film: Radiograph, spec: InputSpec, looks: Looks, clock: Clock) -> Maps:
        """What it says of a film on the grid of `spec`, which `spec_of` gives; looks at it are averaged.

        Raises:
            EngineError: the network gives no numbers, which must not pass for "nothing found".
        """
        seen = [self._one_scale(film, spec.at_scale(scale), looks.flip, clock) for scale in looks.scales]
        return _over_scales([_folded(found) for found in seen], spec, looks.scales)

    def both(self, film: Radiograph, spec: InputSpec, scales: tuple[float, ...], clock: Clock) -> tuple[Maps, Maps]:
        """The same without and with the mirrored film.

        Raises:
            EngineError: as `maps`.
        """
        seen = [self._one_scale(film, spec.at_scale(scale), True, clock) for scale in scales]
        plain = _over_scales([found[0] for found in seen], spec, scales)
        return plain, _over_scales([_folded(found) for found in seen], spec, scales)

    def _one_scale(self, film: Radiograph, spec: InputSpec, flip: bool, clock: Clock) -> list[Maps]:
        """The maps of the film and, with `flip`, those of its mirror image as they are."""
        with clock.stage("preprocess"):
            plain = to_network(film, spec)
            batch = np.stack((plain, plain[..., ::-1])) if flip else plain[None]
        with clock.stage("network"):
            outputs = self._run(batch, spec)
            if any(np.isnan(said).any() for said in outputs.values()):
                reason = f"the network gives no numbers in {self.engine.precision} on {self.engine.name}"
                raise EngineError(reason, "Choose another engine or precision, or another model.")
            return film_maps(outputs)

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
