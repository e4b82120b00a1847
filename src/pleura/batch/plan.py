"""From an input and a wish to a job: the model is opened once, the films are listed, the manifest is written."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from pleura.batch.damage import REMEDY
from pleura.batch.errors import BatchError
from pleura.batch.inputs.source import Source
from pleura.batch.job import (
    MANIFEST,
    RECORD,
    THREADS,
    Job,
    Reading,
    Settings,
    is_run,
    manifest_of,
    record_of,
    run_name,
)
from pleura.batch.manifest import Listing, list_films
from pleura.batch.sharding import shard_count
from pleura.batch.store import Store, local_path, open_store, without_credentials
from pleura.core.caption import RESEARCH_USE
from pleura.predict import load_predictor, model_path
from pleura.runtime import EngineChoice

FORMAT = "pleura.batch/1"
_FILES = {MANIFEST, RECORD}


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
        listing = list_films(source.items(), Path(folder, MANIFEST), size)
        run = run_name(listing, settings)
        there = store.listed(run)
        if MANIFEST not in there:
            store.write_file(manifest_of(run), listing.path)
        if RECORD not in there:
            store.write(record_of(run), _record(listing, settings))
    asked = replace(
        reading, runtime=settled, model=None if reading.model is None else model_path(reading.model).absolute()
    )
    return Job(source, out, asked, settings, run, listing.films, listing.size, _earlier(store, run, settings))


def check_apart(films: str, out: str) -> None:
    """Refuse to write results among the films: the next list of films would hold them.

    Args:
        films: the input, as it was named.
        out: the folder or URL that takes the results.

    Raises:
        BatchError: `out` is the input, or lies in it; or one of them is empty.
        StoreError: nothing installed here speaks the protocol of a URL.
    """
    # `Path("")` is the folder that we are in: a variable of a script that was not set must not mean it.
    if "" in (films, out):
        raise BatchError("FILMS" if not films else "--out", "names no place", "Name a path or a URL.")
    ours, theirs = local_path(out), local_path(films)
    if ours is None or theirs is None:
        inside = f"{out.rstrip('/')}/".startswith(f"{films.rstrip('/')}/")
    else:
        inside = ours.resolve().is_relative_to(theirs.resolve())
    if inside:
        raise BatchError(without_credentials(out), "lies in the input", "Name another place.")


def read_record(store: Store, run: str) -> dict[str, Any]:
    """What stands in the record of a run.

    Raises:
        BatchError: it is damaged, or of another version of pleura.
        FileNotFoundError: it is not there.
        StoreError: the results' store does not answer.
    """
    try:
        record = json.loads(store.read(record_of(run)))
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise BatchError(record_of(run), f"is no record of the format {FORMAT}", REMEDY)
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
    return tuple(name for name in others if _has_settings(store, name, settings))


def _has_settings(store: Store, run: str, settings: Settings) -> bool:
    if not store.listed(run) >= _FILES:
        return False  # Its driver was killed before it had begun.
    try:
        record = read_record(store, run)
    except BatchError:
        return False  # Of what wrote this nothing is known, so its films are read again.
    return bool(record.get("settings_sha256") == settings.sha256)
