"""`pleura predict`: outline and measure a pneumothorax on chest films."""

import dataclasses
import functools
import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from pleura.cli.console import EXIT_OK, EXIT_REFUSED, say, track
from pleura.cli.engine import settled_engine
from pleura.core.ahead import Ahead
from pleura.core.caption import caption_of
from pleura.core.chunks import chunks
from pleura.core.errors import InputNotFound, PleuraError, UnreadableImage
from pleura.core.types import Finding, Radiograph
from pleura.image import find_films, read_film
from pleura.output.dicom.errors import NoDicomSource, SourceChanged
from pleura.output.document import document_of
from pleura.output.order import DicomChoice
from pleura.output.run import MANIFEST, RESULTS, FilmRecord, RunSettings, read_record, refused_record, write_run
from pleura.output.stems import unique_stems
from pleura.output.write import WRITERS, check_film, check_formats, write_finding, write_refusal
from pleura.predict import Predictor, load_predictor, one_model
from pleura.runtime import EngineChoice

Timed = tuple[Radiograph, float]
"""A film, and the seconds that it took to read."""

_REFUSED = (UnreadableImage, NoDicomSource, SourceChanged)
"""What costs a film, and not the run."""


@dataclass(frozen=True)
class _Outputs:
    """Where a run's results go, and in what form."""

    folder: Path
    formats: tuple[str, ...]
    dicom: DicomChoice
    as_json: bool


@dataclass(frozen=True)
class OutputChoice:
    """What is written of each film.

    Attributes:
        formats: Any of mask, overlay, json, seg, sr, fractional, sc, gsps, fhir and rle, joined by commas.
        viewer_geometry: Invent a plane in space for the SEG, which some viewers need to show it.
        empty_seg: Write a SEG with an empty segment where nothing was found.
    """

    formats: str = "mask,overlay,json"
    viewer_geometry: Annotated[bool, Parameter(negative="")] = False
    empty_seg: Annotated[bool, Parameter(negative="")] = False


@dataclass(frozen=True)
class InputChoice:
    """Which films are read, and what is looked at on them.

    Attributes:
        lenient: Also read DICOM files without the preamble.
        no_gate: Read all films, also one that does not look like a frontal chest film or that hangs wrongly.
        no_lungs: Do not look for the lungs: what needs the hemithorax is not assessed.
    """

    lenient: Annotated[bool, Parameter(negative="")] = False
    no_gate: Annotated[bool, Parameter(negative="")] = False
    no_lungs: Annotated[bool, Parameter(negative="")] = False


def predict(
    films: Annotated[list[str], Parameter(name="films", negative="")],
    /,
    *,
    out: Path,
    model: Annotated[list[Path] | None, Parameter(negative="")] = None,
    output: Annotated[OutputChoice, Parameter(name="*")] = OutputChoice(),
    engine: Annotated[EngineChoice, Parameter(name="*")] = EngineChoice(),  # noqa: B008 - frozen
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    reading: Annotated[InputChoice, Parameter(name="*")] = InputChoice(),
) -> int:
    """Outline and measure a pneumothorax on FILMS: files, folders or patterns.

    Where no engine, precision, device or threads are asked for, what `pleura bench --save` found best here is used:
    these, and how many films go through the network at once, which may change the last digits of a score.

    The exit code is 0 if every film was read, 2 if any was refused (the others are read all the same), and 1 for an
    error that ends the run. Research use. Not a medical device.

    Parameters
    ----------
    films
        DICOM, PNG, JPEG, TIFF or WebP files, folders with such files, or patterns such as "films/*.dcm".
    out
        The folder that takes the results, results.csv and manifest.json.
    model
        A model file, a blend of several (TOML), or a name that `pleura models` lists; `default` where none is named.
    as_json
        Print one line of JSON a film instead of words.
    """
    formats = tuple(name.strip() for name in output.formats.split(","))
    outputs = _Outputs(out, formats, DicomChoice(output.viewer_geometry, output.empty_seg), as_json)
    check_formats(outputs.formats)
    named = one_model(model or [])
    settled = settled_engine(engine)
    started, start = datetime.now(UTC), time.perf_counter()
    paths = _without_earlier_pictures(find_films(films), out)
    with Ahead(paths, functools.partial(_timed_read, lenient=reading.lenient), settled.films_at_once) as ahead:
        predictor = load_predictor(named, settled.choice, gate=not reading.no_gate, lungs=not reading.no_lungs)
        read = _read_all(ahead, predictor, outputs, settled.films_at_once)
        records = list(track(read, "reading films", total=len(ahead)))
    seconds = time.perf_counter() - start
    asked = {"device": predictor.device, **settled.settings, "lenient": reading.lenient}
    asked |= {"gate": None if predictor.gate is None else predictor.gate.sha256, "lungs": predictor.lungs_sha256}
    asked |= {"viewer_geometry": output.viewer_geometry, "empty_seg": output.empty_seg}
    write_run(out, records, _settings(predictor, outputs, started, seconds, asked))
    refused = sum(record.code is None for record in records)
    said = f", {refused} refused" if refused else ""
    say(f"{len(records) - refused} of {len(records)} films read{said}: see {out / RESULTS}")
    return EXIT_REFUSED if refused else EXIT_OK


def _settings(
    predictor: Predictor, outputs: _Outputs, started: datetime, seconds: float, asked: dict[str, object]
) -> RunSettings:
    return RunSettings(
        model=predictor.identity,
        input=predictor.spec,
        decision=predictor.decision,
        calibration=predictor.calibration,
        engine=predictor.engine,
        precision=predictor.precision,
        formats=outputs.formats,
        started=started,
        seconds=seconds,
        settings=asked,
    )


def _timed_read(path: Path, *, lenient: bool) -> Timed:
    start = time.perf_counter()
    return read_film(path, lenient=lenient), time.perf_counter() - start


def _without_earlier_pictures(paths: list[Path], out: Path) -> list[Path]:
    """Leave out masks and overlays of earlier runs, to this folder or to one with a manifest: they are no films.

    Raises:
        InputNotFound: nothing else is left.
    """
    endings = tuple(writer.ending for writer in WRITERS.values())
    folders = {path.parent for path in paths if path.name.endswith(endings)}
    written = {folder for folder in folders if folder.resolve() == out.resolve() or (folder / MANIFEST).exists()}
    kept = [path for path in paths if path.parent not in written or not path.name.endswith(endings)]
    if len(kept) < len(paths):
        say(f"left out {len(paths) - len(kept)} results of earlier runs")
    if not kept:
        raise InputNotFound(str(out), "only results of earlier runs were named, and no film")
    return kept


def _read_all(
    ahead: Ahead[Path, Timed], predictor: Predictor, outputs: _Outputs, films_at_once: int
) -> Iterator[FilmRecord]:
    """Read films, some at a time, write the results of each and print its line; a refused film costs itself only."""
    stems = unique_stems(ahead.inputs)
    for some in chunks(ahead, films_at_once):
        yield from _read_some(some, stems, predictor, outputs)


def _read_some(
    some: list[tuple[Path, Future[Timed]]], stems: Mapping[Path, str], predictor: Predictor, outputs: _Outputs
) -> Iterator[FilmRecord]:
    films = [_film(reading, outputs.formats) for _, reading in some]
    read = iter(predictor.read_together([film for film in films if isinstance(film, Radiograph)]))
    for (path, reading), film in zip(some, films, strict=True):
        found = next(read) if isinstance(film, Radiograph) else film
        try:
            if not isinstance(found, Finding):
                raise found
            yield _write_one(path, stems[path], found, reading.result()[1], outputs)
        except _REFUSED as error:
            if outputs.as_json:
                print(json.dumps({"file": str(path), "refused": error.code, "message": str(error)}), flush=True)
            say(f"refused: {error}")
            if "sr" in outputs.formats and isinstance(error, UnreadableImage):
                write_refusal(error, predictor.identity, outputs.folder, stems[path])
            yield refused_record(path, stems[path], error)


def _film(reading: Future[Timed], formats: tuple[str, ...]) -> Radiograph | PleuraError:
    """A film as it was read, or the error that refuses it before any network sees it."""
    try:
        film, _ = reading.result()
        check_film(film, formats)
    except _REFUSED as error:
        return error
    return film


def _write_one(path: Path, stem: str, finding: Finding, read_s: float, outputs: _Outputs) -> FilmRecord:
    start = time.perf_counter()
    written = write_finding(finding, outputs.folder, stem, outputs.formats, outputs.dicom)
    timings = {"read": read_s, **finding.timings, "write": time.perf_counter() - start}
    print(_json_line(path, stem, finding) if outputs.as_json else _words(path, finding, written), flush=True)
    return read_record(path, stem, dataclasses.replace(finding, timings=timings))


def _json_line(path: Path, stem: str, finding: Finding) -> str:
    return json.dumps({"file": str(path), "stem": stem, **document_of(finding)})


def _words(path: Path, finding: Finding, written: list[Path]) -> str:
    caption = caption_of(finding)
    basis = [caption.basis] if caption.basis else []
    lines = [f"{path}: {caption.headline}. {caption.likelihood}", *basis, *caption.facts, *caption.warnings]
    lines += [f"-> {file}" for file in written]
    return "\n    ".join(lines)
