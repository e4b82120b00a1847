"""`pleura data`: look at prepared data sets: what they hold, what is suspicious, and what leaks between them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from pleura.cli.console import EXIT_OK, say, track
from pleura.core.errors import PleuraError
from pleura.core.files import write_text
from pleura.data import load_dataset
from pleura.data.case import Split
from pleura.data.leaks import WAYS, Crossing, Leak, find_leaks
from pleura.data.show import show_page, survey, survey_json
from pleura.data.show.page import Sheet

app = App(name="data", help="Look at prepared data sets: what they hold, and what leaks between them.")

EXIT_LEAK = 1
"""A likely leak was found; an error that ended the run has the same code, and says so on stderr."""
_SHOWN = 20

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of words.")]
Sets = Annotated[list[Path], Parameter(help="Folders made by `pleura prepare`, two or more.")]


@app.command
def leaks(sets: Sets, /, *, as_json: AsJson = False) -> int:
    """List films that stand in two of these data sets, or whose patient does.

    Compared are the files' content, ids, patients, and looks: films with alike perceptual hashes whose small pictures
    correlate (by .95, or by .90 where sex, view and age agree besides) are likely the same film or patient. Lesser
    resemblances are listed, but do not count.

    The exit code is 0 where no likely leak was found, and 1 where one was (or an error ended the run).
    """
    datasets = [load_dataset(folder) for folder in sets]
    crossings = find_leaks(datasets, lambda films: track(films, "Comparing films"))
    if as_json:
        print(json.dumps([_crossing(crossing) for crossing in crossings], indent=2))
    else:
        for crossing in crossings:
            print("\n".join(_table(crossing)))
    found = sum(len(crossing.likely) for crossing in crossings)
    say(f"{found} pairs of films are likely leaks." if found else "No likely leak was found.")
    return EXIT_LEAK if found else EXIT_OK


@app.command
def show(
    folder: Annotated[Path, Parameter(help="A folder made by `pleura prepare`.")],
    /,
    *,
    out: Path | None = None,
    films: int = 24,
    seed: int = 0,
    as_json: AsJson = False,
) -> None:
    """Draw one page of a data set: films with their outlines, sizes, who is on them, and what is suspicious.

    Parameters
    ----------
    out
        A file that ends in .html, or a folder, which gets data.html and data.json.
    films
        Films of each kind on the contact sheet, with and without a pneumothorax.
    seed
        Of the films that are drawn for it.
    """
    if out is None and not as_json:
        raise PleuraError("usage", "show has nowhere to write", "Give --out FILE.html, --out FOLDER, or --json.")
    if films < 0:
        raise PleuraError("usage", f"--films {films} is no number of films", "Give 0 for none.")
    dataset = load_dataset(folder)
    found = survey(dataset, lambda films: track(films, "Looking at films"))
    content = json.dumps(survey_json(dataset, found), indent=2, ensure_ascii=False)
    if out is not None:
        path = out if out.suffix.lower() == ".html" else out / "data.html"
        write_text(path, show_page(dataset, found, Sheet(films, seed)))
        if path is not out:
            write_text(out / "data.json", f"{content}\n")
        say(f"{path}: {len(dataset)} films, {len(found.suspects)} suspicious cases")
    if as_json:
        print(content)


def _table(crossing: Crossing) -> list[str]:
    lines = [f"{crossing.first} and {crossing.second}:"]
    for way, words in WAYS.items():
        one, other = crossing.films(way)
        if one:
            many = f" ({crossing.patients} patients)" if way == "patient" else ""
            lines.append(f"  {words}: {one} films of {crossing.first}, {other} of {crossing.second}{many}")
    if len(lines) == 1:
        return [f"{crossing.first} and {crossing.second}: nothing in common"]
    if crossing.likely:
        parts = zip((crossing.first, crossing.second), crossing.splits, strict=True)
        lines.append("  likely leaks by split: " + "; ".join(f"{name} {_counts(counts)}" for name, counts in parts))
    shown = crossing.leaks[:_SHOWN]
    wide = max(len(leak.first.id) for leak in shown)
    lines += [f"    {leak.first.id:<{wide}}  {leak.second.id}  {_said(leak)}" for leak in shown]
    more = len(crossing.leaks) - len(shown)
    return [*lines, f"    and {more} more pairs: --json lists all"] if more else lines


def _counts(counts: Mapping[Split, int]) -> str:
    return ", ".join(f"{split} {films}" for split, films in sorted(counts.items()))


def _said(leak: Leak) -> str:
    ways = ", ".join(leak.ways)
    return ways if leak.correlation is None else f"{ways}, correlation {leak.correlation:.3f}"


def _crossing(crossing: Crossing) -> dict[str, Any]:
    return {
        "first": crossing.first,
        "second": crossing.second,
        "likely": len(crossing.likely),
        "patients": crossing.patients,
        "splits": [dict(counts) for counts in crossing.splits],
        "films": {way: list(crossing.films(way)) for way in WAYS},
        "pairs": [_pair(leak) for leak in crossing.leaks],
    }


def _pair(leak: Leak) -> dict[str, Any]:
    return {
        "first": _film(leak.first.id, leak.first.split),
        "second": _film(leak.second.id, leak.second.split),
        "ways": list(leak.ways),
        "likely": leak.likely,
        "differing_bits": leak.bits,
        "correlation": None if leak.correlation is None else round(leak.correlation, 4),
    }


def _film(identifier: str, split: str) -> dict[str, str]:
    return {"id": identifier, "split": split}
