"""Maps of films that are needed twice: kept in 16 bits while they fit, and read again where they do not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.types import Maps

KEPT_BYTES = 2**30
"""Most bytes that maps may take: two thousand films at 512 x 512."""

_STEPS, _SIGNED_STEPS = 2**16 - 1, 2**15 - 1

Both = tuple[Maps, Maps]


@dataclass(frozen=True, eq=False)
class _Packed:
    """Maps in 16 bits: probabilities in steps of 1 / 65535, distances in steps of 1 / 32767."""

    mask: NDArray[np.uint16]
    label: float | None
    distance: NDArray[np.int16] | None

    @classmethod
    def of(cls, maps: Maps) -> "_Packed":
        distance = None if maps.distance is None else np.rint(maps.distance * _SIGNED_STEPS).astype(np.int16)
        return cls(np.rint(maps.mask * _STEPS).astype(np.uint16), maps.label, distance)

    @property
    def size(self) -> int:
        return self.mask.nbytes + (0 if self.distance is None else self.distance.nbytes)

    def maps(self) -> Maps:
        distance = None if self.distance is None else self.distance.astype(np.float32) / np.float32(_SIGNED_STEPS)
        return Maps(mask=self.mask.astype(np.float32) / np.float32(_STEPS), label=self.label, distance=distance)


class KeptMaps:
    """What a model says of films without and with the mirrored film, the same every time it is asked for.

    Maps are rounded to 16 bits whether or not they are kept, so that the bound changes no figure.
    """

    def __init__(self, read: Callable[[int], Both], most: int = KEPT_BYTES) -> None:
        """Keep what `read` gives of the film at a position, up to `most` bytes in all."""
        self._read, self._left = read, most
        self._kept: dict[int, tuple[_Packed, _Packed]] = {}

    def both(self, index: int) -> Both:
        """The maps of one film."""
        packed = self._kept.get(index)
        if packed is None:
            plain, averaged = self._read(index)
            packed = _Packed.of(plain), _Packed.of(averaged)
            size = sum(each.size for each in packed)
            if size <= self._left:
                self._left -= size
                self._kept[index] = packed
        return packed[0].maps(), packed[1].maps()
