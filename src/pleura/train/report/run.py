"""RUN/report.html: everything that a training run has to show, in one file."""

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from pleura.core.files import write_text
from pleura.core.recipe import Recipe
from pleura.core.recipe.writing import recipe_toml
from pleura.output.page.frame import Figure, Head, duration, facts, note, page, section, table
from pleura.output.page.line_chart import draw_chart
from pleura.train.journal import EpochRecord, timing
from pleura.train.report.curves import best_record, charts
from pleura.train.report.samples import Sheet, read_sheets
from pleura.train.report.tile import Tile, draw_tile, film_symbol

if TYPE_CHECKING:
    from pleura.train.environment import Environment

REPORT = "report.html"
PREVIEW = "augmentation.png"
_PREVIEW_WIDTH = 1400
_EVERY_VALUE = "Every value, those that the recipe file leaves to their defaults included."
_KEY = (
    '<ul class="key"><li><i class="truth"></i>truth</li><li><i class="predicted"></i>prediction</li>'
    '<li><i class="heat"></i>probability</li></ul>'
)


@dataclass(frozen=True)
class Subject:
    """What a run is of: its recipe, the data by name and hash, how many films train and judge it, and where."""

    recipe: Recipe
    data_name: str
    data_sha256: str
    train_films: int
    val_films: int
    environment: "Environment"


def write_report(
    folder: Path,
    subject: Subject,
    records: Sequence[EpochRecord],
    *,
    ended: bool,
    averaged: Mapping[str, float] | None = None,
) -> None:
    """Write the report of a run, atomically, from its history and what lies in its folder.

    Args:
        folder: the run's, with augmentation.png and samples/ where they have been written.
        subject: what the run is of.
        records: every epoch so far, at least one.
        ended: whether training is over.
        averaged: metrics of the averaged weights, where there are such.
    """
    monitor = subject.recipe.validation.monitor
    best = best_record(records, monitor)
    sheets = read_sheets(folder)
    sections = (
        section("Curves", f'<div class="charts">{"".join(map(draw_chart, charts(records, monitor)))}</div>'),
        section("Scores", _scores(records, best, averaged)),
        _samples(sheets, best),
        _worst(sheets, best),
        _preview(folder / PREVIEW),
        section("Recipe", note(_EVERY_VALUE), f"<pre>{escape(recipe_toml(subject.recipe))}</pre>"),
        section("Where it comes from", _origin(subject)),
    )
    write_text(
        folder / REPORT, page(_head(subject, records, ended=ended), _summary(subject, records, best), sections)
    )


def _head(subject: Subject, records: Sequence[EpochRecord], *, ended: bool) -> Head:
    recipe = subject.recipe
    state = "finished" if ended else f"epoch {records[-1].epoch + 1} of {recipe.epochs}"
    reported = f"The source reports: {recipe.reported}" if recipe.reported else ""
    lines = (recipe.summary, f"Source: {recipe.source}", reported)
    return Head("Training run", recipe.name, state, lines)


def _summary(subject: Subject, records: Sequence[EpochRecord], best: EpochRecord | None) -> list[Figure]:
    monitor, times = subject.recipe.validation.monitor, timing(list(records))
    stages = len(subject.recipe.stages)
    last = next((record for record in reversed(records) if record.validation), None)
    found = [
        Figure(f"Best {monitor}", "none yet" if best is None else number(best.validation[monitor]),
               "" if best is None else f"epoch {best.epoch + 1}, {best.resolution} px"),
        Figure(f"Last {monitor}", "none yet" if last is None else number(last.validation.get(monitor, math.nan)),
               "" if last is None else f"epoch {last.epoch + 1}"),
        Figure("Epochs", f"{records[-1].epoch + 1} of {subject.recipe.epochs}",
               f"stage {records[-1].stage + 1} of {stages}"),
        Figure("Time", duration(times["total_s"]), f"last epoch {duration(times['epoch_s'])}"),
        Figure("Pace", f"{times['images_per_s']:.3g} films/s", f"{times['step_ms']:.0f} ms a step"),
        Figure("Films", f"{subject.train_films:,}", f"and {subject.val_films:,} to judge it"),
    ]  # fmt: skip
    return found


def number(value: float) -> str:
    """A score for a table: three decimals, or a word where it is undefined."""
    return "undefined" if math.isnan(value) else f"{value:.3f}"


def _scores(records: Sequence[EpochRecord], best: EpochRecord | None, averaged: Mapping[str, float] | None) -> str:
    last = next((record for record in reversed(records) if record.validation), None)
    if last is None:
        return note("Not validated yet.")
    columns: list[tuple[str, Mapping[str, float]]] = [(f"last (epoch {last.epoch + 1})", last.validation)]
    if best is not None:
        columns.insert(0, (f"best (epoch {best.epoch + 1})", best.validation))
    if averaged is not None:
        columns.append(("averaged weights", averaged))
    rows = [(name, *(number(metrics.get(name, math.nan)) for _, metrics in columns)) for name in last.validation]
    told = note("On the validation films, at the network's resolution, by the recipe's own decision.")
    return told + table(("metric", *(title for title, _ in columns)), rows)


def _samples(sheets: Sequence[Sheet], best: EpochRecord | None) -> str:
    """The same films at every epoch that was kept; a film's picture stands in the page once."""
    if not sheets:
        return ""
    names: dict[str, str] = {}
    parts = []
    for sheet in sheets:
        marks = ["best"] if best is not None and sheet.epoch == best.epoch else []
        marks += ["last"] if sheet is sheets[-1] else []
        badges = "".join(f' <span class="badge">{mark}</span>' for mark in marks)
        parts.append(f"<h3>Epoch {sheet.epoch + 1}{badges}</h3>{_tiles(sheet.shown, names)}")
    symbols = _symbols((tile for sheet in sheets for tile in sheet.shown), names)
    told = note("Validation films that were drawn before the first epoch, by number and a short hash of their id.")
    return section("The same films as training goes on", symbols, told, _KEY, *parts)


def _worst(sheets: Sequence[Sheet], best: EpochRecord | None) -> str:
    sheet = next((sheet for sheet in sheets if best is not None and sheet.epoch == best.epoch), None)
    if sheet is None:
        return ""
    parts = []
    for title, kind, tiles, none in (
        ("Lowest Dice among films with a pneumothorax", "missed", sheet.missed, "Every one is outlined perfectly."),
        ("Largest outline on films without one", "alarm", sheet.alarms, "Every one is left empty."),
    ):
        names: dict[str, str] = {}
        drawn = _tiles(tiles, names, f"{kind}-")
        parts.append(f"<h3>{title}</h3>" + (_symbols(tiles, names) + drawn if tiles else note(none)))
    return section(f"What went worst in epoch {sheet.epoch + 1}, the best", _KEY, *parts)


def _tiles(tiles: Iterable[Tile], names: dict[str, str], prefix: str = "film-") -> str:
    """Tiles side by side; `names` gathers the id of each film's picture, by its content."""
    drawn = [draw_tile(tile, names.setdefault(tile.film, f"{prefix}{len(names) + 1}")) for tile in tiles]
    return f'<div class="tiles">{"".join(drawn)}</div>'


def _symbols(tiles: Iterable[Tile], names: dict[str, str]) -> str:
    once = {names[tile.film]: tile for tile in tiles}
    films = "".join(film_symbol(tile, name) for name, tile in once.items())
    return f'<svg class="defs" aria-hidden="true"><defs>{films}</defs></svg>'


def _preview(path: Path) -> str:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR) if path.is_file() else None
    if picture is None:
        return ""
    height = round(picture.shape[0] * _PREVIEW_WIDTH / picture.shape[1])
    small = cv2.resize(picture, (_PREVIEW_WIDTH, height), interpolation=cv2.INTER_AREA)
    done, content = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, 80))
    if not done:
        raise RuntimeError("OpenCV cannot write a JPEG")
    source = f"data:image/jpeg;base64,{base64.b64encode(content.tobytes()).decode('ascii')}"
    told = note("Training films with their truth: first as they are, then as six epochs draw them.")
    return section("Augmentation", told, f'<img class="sheet" alt="Augmented training films" src="{source}">')


def _origin(subject: Subject) -> str:
    env = subject.environment
    ground = [
        ("data", subject.data_name),
        ("sha256 of the data", subject.data_sha256),
        ("pleura", env.code_version),
        ("seed", str(subject.recipe.seed)),
        ("precision", subject.recipe.precision),
        ("device", env.device),
        ("threads", str(env.threads)),
    ]
    software = [("Python", env.python), ("system", env.system), *env.libraries.items()]
    return f'<div class="columns">{facts(ground)}{facts(software)}</div>'
