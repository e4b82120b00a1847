"""Where the lungs are on a film, for models that see nothing else."""

from pleura.core.geometry import box_around
from pleura.core.postprocess import decide_grid
from pleura.core.spec import Crop
from pleura.core.types import Radiograph
from pleura.predict.clock import Clock
from pleura.predict.member import Looks, open_member
from pleura.runtime import EngineChoice, Model


class LungFinder:
    """A model whose mask is the lungs, ready to read films under its own decision; threads may share it.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network.
    """

    def __init__(self, model: Model, choice: EngineChoice) -> None:
        self._decision = model.spec.decision
        self._looks = Looks.of(self._decision)
        self._member = open_member(model, 1.0, self._looks, choice)

    def box(self, film: Radiograph, clock: Clock) -> Crop | None:
        """The smallest upright box around the lungs, in fractions of the film; None where there are none.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        spec = self._member.spec
        maps = self._member.maps(film, spec, self._looks, clock)
        with clock.stage("lungs"):
            return box_around(decide_grid(maps, spec, self._decision).mask, spec.crop)
