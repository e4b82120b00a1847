"""One network of a predictor: from a film to its probability map."""

from dataclasses import dataclass

import numpy as np

from pleura.core.errors import EngineError
from pleura.core.postprocess import film_maps, fold_flips
from pleura.core.preprocess import to_network
from pleura.core.spec import InputSpec
from pleura.core.types import Maps, Radiograph
from pleura.predict.clock import Clock
from pleura.runtime import Engine


@dataclass(frozen=True)
class Member:
    """A network with its input spec, the engine that runs it, and its share in the whole, in (0, 1]."""

    spec: InputSpec
    engine: Engine
    share: float

    def maps(self, film: Radiograph, flip: bool, clock: Clock) -> Maps:
        """What it says on this network's grid, (side, side); `flip` averages with the mirrored film.

        Raises:
            EngineError: the network gives no numbers, which must not pass for "nothing found".
        """
        with clock.stage("preprocess"):
            plain = to_network(film, self.spec)
            batch = np.stack((plain, plain[..., ::-1])) if flip else plain[None]
        with clock.stage("network"):
            logits = self.engine.run(batch)
            if np.isnan(logits).any():
                reason = f"the network gives no numbers in {self.engine.precision} on {self.engine.name}"
                raise EngineError(reason, "Choose another engine or precision, or another model.")
            maps = film_maps({"logits": logits})
        return fold_flips(maps[0], maps[1]) if flip else maps[0]
