"""Measure this machine: reading by format, every stage, every engine, a cold start; and what follows from it."""

import tempfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from pleura.bench.cold import Child, predict_command
from pleura.bench.engines import Effort, compare_batches, compare_engines, compare_threads, ways
from pleura.bench.film import drawn_film
from pleura.bench.formats import DEFAULT_FORMAT, write_formats
from pleura.bench.machine import busy_share, machine
from pleura.bench.memory import peak_mb
from pleura.bench.rows import Row
from pleura.bench.stages import Stages
from pleura.bench.timing import Times, alternate, timed
from pleura.core.types import Finding
from pleura.image import read_film
from pleura.predict import load_predictor, model_path
from pleura.predict.gate import load_gate
from pleura.predict.loading import load
from pleura.runtime.saved import Fingerprint, SavedEngine

PARTS = 7
"""How often `Bench.run` yields."""
_SIDE = 2048
_MOST_BUSY, _MOST_SPREAD = 0.1, 0.1
_COLD_RUNS = 3
_USUAL = Effort(rounds=9, seconds=8.0)


@dataclass(frozen=True)
class Wish:
    """What to measure.

    Attributes:
        model: a model file or blend; None takes the model that ships with pleura.
        film: a film to read; None draws one of 2048 x 2048 and writes it in every format.
        effort: how often everything is timed, and for how long.
    """

    model: Path | None = None
    film: Path | None = None
    effort: Effort = _USUAL


class Bench:
    """One measurement of this machine.

    Attributes:
        rows: what was measured.
        warnings: why the figures may not be this machine's own.
        recommended: the engine, threads and batch to use here; None until `run` has compared them.

    Raises:
        ModelFileError: no valid model.
    """

    def __init__(self, wish: Wish) -> None:
        self.rows: list[Row] = []
        self.warnings: list[str] = []
        self.recommended: SavedEngine | None = None
        self._unsteady: dict[str, float] = {}
        self._effort, self._film = wish.effort, wish.film
        self._path = model_path(wish.model)
        self._model = load(self._path)
        self._machine = machine()

    @property
    def model(self) -> str:
        """Name and version of the model."""
        return f"{self._model.spec.name} {self._model.spec.version}"

    def run(self) -> Iterator[str]:
        """Measure, part by part, and give the name of each part before it begins.

        Raises:
            UnreadableImage: the film must not be read.
            EngineError: no engine runs the model here.
            ModelFileError: likewise.
            PleuraError: the process of the cold start failed.
        """
        if (busy := busy_share()) > _MOST_BUSY:
            self.warnings.append(f"others used {busy:.0%} of the machine before the start")
        with tempfile.TemporaryDirectory(prefix="pleura-bench-") as name:
            folder = Path(name)
            yield "film"
            films = self._films(folder)
            kind, film = next(iter(films.items()))
            self.recommended = best = yield from self._search()
            yield "stages"
            self._time_stages(kind, film, best, folder)
            yield "reading"
            if self._film is None:  # else its reading is a stage, and nothing else
                readings = {f"read: {each}": timed(partial(read_film, path)) for each, path in films.items()}
                self._put(alternate(readings, self._effort.rounds, self._effort.seconds))
            yield "cold start"
            self._time_cold_start(kind, film, best, folder)
        if self._unsteady:
            what, worst = max(self._unsteady.items(), key=lambda item: item[1])
            said = f"rounds of {len(self._unsteady)} of {len(self.rows)} figures differ by over {_MOST_SPREAD:.0%}"
            self.warnings.append(f"{said} about their median, the most by {worst:.0%} ({what})")

    def _films(self, folder: Path) -> dict[str, Path]:
        """Films by what they are, first the one that is read as a whole; a user's is not named, for patients are."""
        if self._film is not None:
            read_film(self._film)  # What must not be read is told now, and not after a minute of engines.
            return {"your film": self._film}
        films = write_formats(drawn_film(_SIDE, _SIDE), folder)
        return {DEFAULT_FORMAT: films[DEFAULT_FORMAT], **films}

    def _search(self) -> Generator[str, None, SavedEngine]:
        """Compare engines, then threads, then batches; what is best of each."""
        yield "engines"
        engines = compare_engines(self._model, self._effort)
        self._put({f"network: {name}, all cores": taken for name, taken in engines.times.items()})
        self.warnings += [f"{name} is left out: {error}" for name, error in engines.left_out.items()]
        way = ways()[engines.chosen]
        yield "threads"
        threads = compare_threads(self._model, way, self._effort)
        what = f"network: {engines.chosen}"
        self._put({f"{what}, {count} thread(s)": taken for count, taken in threads.times.items()})
        way = replace(way, threads=int(threads.chosen))
        yield "batches"
        batches = compare_batches(self._model, way, self._effort)
        what = f"{what}, {threads.chosen} thread(s)"
        self._put({f"{what}, {films} film(s) at once: a film": taken for films, taken in batches.times.items()})
        found = {**asdict(way), "batch": int(batches.chosen), "model": self.model, "machine": Fingerprint.here()}
        return SavedEngine.model_validate(found)

    def _time_stages(self, kind: str, film: Path, best: SavedEngine, folder: Path) -> None:
        predictor = load_predictor(self._path, best.choice, gate=False)
        stages = Stages(predictor, folder / "out", load_gate(best.choice))
        taken: list[dict[str, float]] = []
        found: list[Finding] = []

        def whole() -> float:
            seconds, finding = stages.once(film)
            taken.append(seconds)
            found[:] = [finding]
            return seconds["whole"]

        alternate({"whole": whole}, self._effort.rounds, self._effort.seconds)
        self._put({f"{kind}: {stage}": Times(tuple(one[stage] for one in taken[1:])) for stage in taken[0]})
        if not found[0].present:
            self.warnings.append("nothing was found on the film: lungs and measures had nothing to do")

    def _time_cold_start(self, kind: str, film: Path, best: SavedEngine, folder: Path) -> None:
        options = {"engine": best.engine, "precision": best.precision, "device": best.device, "threads": best.threads}
        asked = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        child = Child(predict_command(film, folder / "cold", self._path, "--no-gate", *asked))
        self._put(alternate({f"cold start, {kind}: pleura predict --no-gate": child}, _COLD_RUNS))
        together = peak_mb(child.command)
        of, peak = ("all its processes", together) if together else ("its largest process", child.peak_mb)
        what = f"peak memory of {of}, {kind}: pleura predict --no-gate"
        self.rows.append(Row(what, peak, peak, peak, unit="MB", machine=self._machine))

    def _put(self, times: Mapping[str, Times]) -> None:
        """Keep what was timed, and remember what was not timed well."""
        for what, taken in times.items():
            self.rows.append(replace(Row.of(what, taken), machine=self._machine))
            if taken.spread > _MOST_SPREAD:
                self._unsteady[what] = taken.spread
