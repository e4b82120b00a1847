"""Where the lungs are on a film: for models that see nothing else, for the side and for the size."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pleura.core.errors import ModelFileError
from pleura.core.files import sha256_of
from pleura.core.geometry import box_around
from pleura.core.measures.hemithoraces import part_hemithoraces
from pleura.core.postprocess import Relief, decide_grid, native_outline, relief_of
from pleura.core.spec import Crop
from pleura.core.types import Hemithoraces, Maps, Mask, Radiograph
from pleura.predict.clock import Clock
from pleura.predict.member import Looks, Placed, open_member
from pleura.runtime import EngineChoice, Model, read_model

SHIPPED_LUNGS = Path(__file__).parents[1] / "models" / "lungs.onnx"


class LungFinder:
    """A model whose mask is the lungs, ready to read films under its own decision; threads may share it.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network.
    """

    def __init__(self, model: Model, choice: EngineChoice) -> None:
        self.sha256 = model.sha256
        self._decision = model.spec.decision
        self._looks = Looks.of(self._decision)
        self._member = open_member(model, 1.0, self._looks, choice)

    def box(self, film: Radiograph, clock: Clock) -> Crop | None:
        """The smallest upright box around the lungs, in fractions of the film; None where there are none.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        with clock.stage("lungs"):
            spec = self._member.spec
            maps = self._maps(film)
            return box_around(decide_grid(maps, spec, self._decision).mask, spec.crop)

    def hemithoraces(self, film: Radiograph, clock: Clock) -> Hemithoraces | None:
        """Both hemithoraces, (H, W) at native size and not `told` apart; None where there are no lungs.

        They are parted on the network's grid and then cut at native size, each with the other pressed under the
        level, so that their outer borders stay where the map puts them.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        with clock.stage("lungs"):
            spec = self._member.spec
            maps = self._maps(film)
            small = part_hemithoraces(decide_grid(maps, spec, self._decision).mask)
            if small is None:
                return None
            relief = relief_of(maps, self._decision)
            right, left = (self._native(relief, side, film.shape) for side in (small.right, small.left))
            return Hemithoraces(right, left & ~right, told=small.told)

    def _maps(self, film: Radiograph) -> Maps:
        """Timed by the caller as one stage, lest what the lungs cost counts as the time of the other network."""
        return self._member.maps([Placed(film, self._member.spec, Clock())], self._looks)[0]

    def _native(self, relief: Relief, side: Mask, shape: tuple[int, int]) -> Mask:
        if not side.any():
            return np.zeros(shape, dtype=np.bool_)
        return native_outline(relief, side, shape, self._member.spec)


@dataclass(frozen=True)
class ShippedLungs:
    """The lungs' model that ships with pleura, opened by the first film that needs it; threads may share it."""

    choice: EngineChoice

    @cached_property
    def sha256(self) -> str:
        """Of the model file, which is not opened for it.

        Raises:
            ModelFileError: this installation has none.
        """
        try:
            return sha256_of(SHIPPED_LUNGS)
        except OSError as error:
            remedy = "Install pleura anew, or read films without it: --no-lungs."
            raise ModelFileError(SHIPPED_LUNGS, f"cannot be read: {error.strerror}", remedy) from error

    @cached_property
    def finder(self) -> LungFinder:
        """The open model.

        Raises:
            ModelFileError: this installation has none, or it is damaged.
            EngineError: this machine cannot give what was chosen.
        """
        return LungFinder(read_model(SHIPPED_LUNGS), self.choice)
