"""Which engine, precision, threads and batch read films quickest: engines first, then threads, then films at once.

Each search keeps what the one before it found: to time all combinations would take minutes on a machine of many
cores, and hold dozens of compiled networks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pleura.bench.timing import Times, alternate, ratio, timed
from pleura.core.errors import EngineError, ModelFileError, PleuraError
from pleura.core.patches import patch_windows
from pleura.core.processor import cores
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.predict.member import PATCHES_AT_ONCE
from pleura.runtime import Blend, Engine, EngineChoice, Model, Role, open_engine, parts_of

_CLOSE = 1.05
"""What is slower by less than this may be chosen for being cheaper: fewer threads, a smaller batch."""
_BATCHES = (1, 2, 4, 8)
_BEFORE: tuple[Role, ...] = ("rule-out", "lungs")
_TITLES = {"openvino": "OpenVINO", "onnxruntime": "ONNX Runtime"}


@dataclass(frozen=True)
class Effort:
    """How long to measure: at most so many rounds, and none that begins later than so many seconds."""

    rounds: int
    seconds: float


@dataclass(frozen=True)
class Found:
    """What one search measured, seconds a film by contestant, which one it chose, and why others could not run."""

    times: dict[str, Times]
    chosen: str
    left_out: Mapping[str, PleuraError] = field(default_factory=dict)


@dataclass(frozen=True)
class _Network:
    """An open network, what it is given for one film, an array a scale, and how `predict` would show it several."""

    engine: Engine
    shapes: list[tuple[int, ...]]
    in_patches: bool
    films_alone: bool

    def batches(self, films: int) -> Iterator[tuple[int, ...]]:
        """The shapes of all that it is given for so many films read together."""
        rounds, together = (films, 1) if self.films_alone else (1, films)
        for looks, *rest in self.shapes * rounds:
            total = looks * together
            most = PATCHES_AT_ONCE if self.in_patches else total
            yield from ((min(most, total - start), *rest) for start in range(0, total, most))


class Networks:
    """Every network behind a model or a blend, opened in one way; it sees inputs of noise, which change no time.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run a network.
    """

    def __init__(self, model: Model | Blend, choice: EngineChoice) -> None:
        self._open = [
            _Network(
                open_engine(part, choice),
                _shapes(part.spec.input, decision),
                in_patches=part.spec.input.patch is not None,
                films_alone=_sees_films_alone(part, model),
            )
            for part, decision in parts_of(model)
        ]
        self._inputs: dict[tuple[int, ...], NDArray[np.float32]] = {}

    def contestant(self, films: int = 1) -> Callable[[], float]:
        """A call that looks at so many films at once as the decision asks for, and gives its seconds a film."""
        look = timed(lambda: self._look(films))
        return lambda: look() / films

    def _look(self, films: int) -> None:
        for network in self._open:
            for shape in network.batches(films):
                network.engine.run(self._input(shape))

    def _input(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        if shape not in self._inputs:
            self._inputs[shape] = np.random.default_rng(0).random(shape, dtype=np.float32)
        return self._inputs[shape]


def ways() -> dict[str, EngineChoice]:
    """Every engine, precision and device that this machine and installation have, on all cores, by its name."""
    from pleura.runtime.onnx import has_cuda
    from pleura.runtime.openvino import has_bfloat16

    every = [EngineChoice("openvino", "float32", "cpu", cores())]
    every += [EngineChoice("openvino", "bfloat16", "cpu", cores())] if has_bfloat16() else []
    every += [EngineChoice("onnxruntime", "float32", "cpu", cores())]
    every += [EngineChoice("onnxruntime", "float32", "cuda", cores())] if has_cuda() else []
    return {_title(way): way for way in every}


def compare_engines(model: Model | Blend, effort: Effort) -> Found:
    """Every way of `ways` that runs the model here, one film at once; the quickest.

    Raises:
        EngineError: none runs it, the first for want of something on this machine.
        ModelFileError: none runs it, the first as the network is not for it.
    """
    opened: dict[str, Callable[[], float]] = {}
    refused: dict[str, PleuraError] = {}
    for name, way in ways().items():
        try:
            opened[name] = Networks(model, way).contestant()
        except (EngineError, ModelFileError) as error:
            refused[name] = error
    if not opened:
        raise next(iter(refused.values()))
    return replace(_compared(opened, effort, close=1.0), left_out=refused)


def compare_threads(model: Model | Blend, way: EngineChoice, effort: Effort) -> Found:
    """One way on 1, 2, 4, ... and all cores, by their number; the fewest that are as quick as the quickest."""
    counts = sorted({*_powers(cores()), cores()}) if way.device == "cpu" else [cores()]
    openings = {str(count): Networks(model, replace(way, threads=count)).contestant() for count in counts}
    return _compared(openings, effort, close=_CLOSE)


def compare_batches(model: Model | Blend, way: EngineChoice, effort: Effort) -> Found:
    """One way with 1, 2, 4 and 8 films at once, by their number; the fewest as quick a film as the quickest."""
    networks = Networks(model, way)
    return _compared({str(films): networks.contestant(films) for films in _BATCHES}, effort, close=_CLOSE)


def _compared(contestants: dict[str, Callable[[], float]], effort: Effort, close: float) -> Found:
    """Time them in turn; of those within `close` of the quickest, by ratios to the first, the first is chosen."""
    times = alternate(contestants, effort.rounds, effort.seconds)
    first = next(iter(times.values()))
    against = {name: ratio(taken, first) for name, taken in times.items()}
    chosen = next(name for name, value in against.items() if value <= close * min(against.values()))
    return Found(times, chosen)


def _shapes(spec: InputSpec, decision: DecisionSpec) -> list[tuple[int, ...]]:
    """What a network is given for one film, an array a scale: (looks, channels, side, side)."""
    shapes: list[tuple[int, ...]] = []
    for scaled in (spec.at_scale(scale) for scale in decision.scales):
        windows = 1 if scaled.patch is None else len(patch_windows(scaled.side, scaled.patch))
        looks = windows * (2 if decision.tta == "flip" else 1)
        shapes.append((looks, spec.channels, scaled.network_side, scaled.network_side))
    return shapes


def _sees_films_alone(part: Model, model: Model | Blend) -> bool:
    """Whether a network settles what the others are shown: a first model, or one of the lungs."""
    return isinstance(model, Blend) and any(part is one for role in _BEFORE for one, _ in model.cast(role))


def _powers(most: int) -> Iterable[int]:
    count = 1
    while count < most:
        yield count
        count *= 2


def _title(way: EngineChoice) -> str:
    where = "" if way.device == "cpu" else f", {way.device.upper()}"
    return f"{_TITLES[way.engine]}, {way.precision}{where}"
