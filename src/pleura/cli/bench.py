"""`pleura bench`: how quick this machine reads films, and with which engine it does so best."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from pleura.bench.document import bench_document
from pleura.bench.engines import Effort
from pleura.bench.measure import PARTS, Bench, Wish
from pleura.bench.rows import table
from pleura.cli.console import say, track
from pleura.runtime.saved import save_engine


def bench(
    *,
    model: Path | None = None,
    film: Path | None = None,
    save: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
    rounds: Annotated[int, Parameter(validator=validators.Number(gte=3))] = 9,
    seconds: Annotated[float, Parameter(validator=validators.Number(gt=0))] = 8.0,
) -> None:
    """Measure this machine: reading, network in every engine, measures, writing, the whole, a cold start, memory.

    Everything is timed in turn, several times over; rows show the median, the least and the most. It then says which
    engine, how many threads and how many films at once suit this machine best.

    Parameters
    ----------
    model
        A model file, a blend of several (TOML), or a name that `pleura models` lists; `default` where none is named.
    film
        A film of your own to read; a drawn one, written in nine formats, where none is named.
    save
        Write the recommendation to the user's config file, where `pleura predict` finds it.
    as_json
        Print one JSON document instead of a table.
    rounds
        How often each is timed, at most.
    seconds
        How long each of five comparisons may take before its last round begins; three rounds are always timed.
    """
    measured = Bench(Wish(model, film, Effort(rounds, seconds)))
    for _part in track(measured.run(), "measuring", total=PARTS):
        pass
    if as_json:
        print(json.dumps(bench_document(measured), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(table(measured.rows))
    for warning in measured.warnings:
        say(f"warning: {warning}")
    if measured.warnings:
        say("Close what else is running and measure again, if these figures are to be this machine's own.")
    best = measured.recommended
    if best is not None:
        say(f"recommended here: {best}")
        if save:
            say(f"saved in {save_engine(best)}: pleura predict takes it where no engine is asked for")
