"""The way from a file to all its outputs, timed stage by stage."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pleura.core.draw import draw_overlay
from pleura.core.files import write_bytes
from pleura.core.types import Finding
from pleura.image import read_film
from pleura.output.document import finding_json
from pleura.output.overlay import display
from pleura.output.png import encode_png, mask_png
from pleura.predict import Predictor
from pleura.predict.gate import Gate

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Stages:
    """Reads one film and writes mask, overlay and JSON, the outputs that nobody has to ask for.

    Attributes:
        predictor: without a gate of its own: a drawn film would be refused, and it is the time that counts.
        folder: takes the outputs.
        gate: looks at the film as it would in `pleura predict`; what it says is not heeded.
    """

    predictor: Predictor
    folder: Path
    gate: Gate | None = None

    def once(self, path: Path) -> tuple[dict[str, float], Finding]:
        """Seconds of every stage, in order, and of the whole; and what was found."""
        taken: dict[str, float] = {}
        film = _timed(taken, "read", lambda: read_film(path))
        if (gate := self.gate) is not None:
            _timed(taken, "gate", lambda: gate.look(film))
        finding = self.predictor.read(film)
        taken |= finding.timings
        picture = _timed(taken, "draw", lambda: draw_overlay(finding, display(finding.film)))
        pictures = _timed(taken, "encode", lambda: (encode_png(picture), mask_png(finding.mask)))
        told = _timed(taken, "json", lambda: finding_json(finding))
        contents = dict(zip(("film.overlay.png", "film.mask.png", "film.json"), (*pictures, told), strict=True))
        _timed(taken, "store", lambda: self._store(contents))
        return taken | {"whole": sum(taken.values())}, finding

    def _store(self, contents: dict[str, bytes]) -> None:
        for name, content in contents.items():
            write_bytes(self.folder / name, content)


def _timed(taken: dict[str, float], stage: str, work: Callable[[], ResultT]) -> ResultT:
    start = time.perf_counter()
    result = work()
    taken[stage] = time.perf_counter() - start
    return result
