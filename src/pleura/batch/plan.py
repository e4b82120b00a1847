"""From an input and a wish to a job: the model is opened once, the films are listed, the manifest is written."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from pleura.batch.errors import BatchError
from pleura.batch.inputs.source import Source
from pleura.batch.job import THREADS, Job, Reading, Settings, is_run, manifest_of, record_of, run_name
from pleura.batch.manifest import Listing, list_films
from pleura.batch.sharding import shard_count
from pleura.batch.store import Store, is_url, open_store, without_credentials
from pleura.core.caption import RESEARCH_USE
from pleura.predict import load_predictor
from pleura.runtime import EngineChoice

FORMAT = "pleura.batch/1"


def plan(source: Source, out: str, reading: Reading, size: int | None = None) -> Job:
    """List the films and write the manifest, unless it stands there already.

    Args:
        source: where the films come from.
        out: the folder or URL that takes the results.
        reading: how they are read; what is left to the machine in it, this machine settles for all.
        size: films in a shard; None leaves it to their number.

    Raises:
        ModelFileError: no valid model.
        EngineError: this machine cannot run it as asked.
        BatchInputError: the input has no film, or names one twice.
        PleuraError: what holds the films, or takes the results, does not answer.
        OSError: the manifest cannot be written.
    """
    runtime = replace(reading.runtime, threads=THREADS)
    predictor = load_predictor(reading.model, runtime, gate=reading.gate, lungs=reading.lungs)
    settled = EngineChoice(predictor.engine, predictor.precision, predictor.device, THREADS)  # type: ignore[arg-type]
    settings = Settings.of(predictor, reading)
    del predictor
    store = open_store(out)
    with tempfile.TemporaryDirectory(prefix="pleura-batch-") as folder:
        listing = list_films(source.items(), Path(folder, "manifest.parquet"), size)
        run = run_name(listing, settings)
        there = store.listed(run)
        if Path(manifest_of(run)).name not in there:
            store.write_file(manifest_of(run), listing.path)
        if Path(record_of(run)).name not in there:
            store.write(record_of(run), _record(listing, settings))
    asked = replace(reading, runtime=settled, model=None if reading.model is None else reading.model.absolute())
    return Job(source, out, asked, settings, run, listing.films, listing.size, _earlier(store, run, settings))


def check_apart(films: str, out: str) -> None:
    """Refuse to write results among the films: the next list of films would hold them.

    Args:
        films: the input, as it was named.
        out: the folder or URL that takes the results.

    Raises:
        BatchError: `out` is the input, or lies in it.
    """
    places = [place.rstrip("/") if is_url(place) else str(Path(place).resolve()) for place in (films, out)]
    if f"{places[1]}/".startswith(f"{places[0]}/"):
        raise BatchError(without_credentials(out) if is_url(out) else out, "lies in the input", "Name another place.")


def read_record(store: Store, run: str) -> dict[str, Any]:
    """What stands in the record of a run."""
    record: dict[str, Any] = json.loads(store.read(record_of(run)))
    return record


def _record(listing: Listing, settings: Settings) -> bytes:
    content = {
        "format": FORMAT,
        "notice": RESEARCH_USE,
        "films": listing.films,
        "shard_size": listing.size,
        "shards": shard_count(listing.films, listing.size),
        "input_sha256": listing.sha256,
        "settings": settings.document(),
        "settings_sha256": settings.sha256,
    }
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _earlier(store: Store, run: str, settings: Settings) -> tuple[str, ...]:
    """Other runs into the same place with the same settings, by name."""
    others = sorted(name for name in store.listed("") if is_run(name) and name != run)
    same = []
    for name in others:
        try:
            record = read_record(store, name)
        except FileNotFoundError:
            # Its driver was killed before it had begun.
            continue
        if record["settings_sha256"] == settings.sha256:
            same.append(name)
    return tuple(same)
