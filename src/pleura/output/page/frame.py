"""The frame of a report: one HTML file without scripts that asks no network for anything."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from pleura.core.caption import RESEARCH_USE

_STYLE = Path(__file__).parent / "style.css"
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
"""Forbids the page every script and every request, whatever came into its text."""


@dataclass(frozen=True)
class Figure:
    """One number of the summary: what it is, its value, and a smaller line below; `faint` greys a doubtful one."""

    name: str
    value: str
    below: str = ""
    faint: bool = False


@dataclass(frozen=True)
class Head:
    """The page's head: its kind ("Training run"), title, a word on its state, and lines of text.

    `warnings` stand in a box above all that they concern.
    """

    kind: str
    title: str
    state: str
    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """Text in a table that leads to a file beside the page."""

    text: str
    file: str


@dataclass(frozen=True)
class Cell:
    """Text in a table with a smaller line below it; `faint` greys what is not to be relied on."""

    text: str
    below: str = ""
    faint: bool = False


def page(head: Head, figures: Iterable[Figure], sections: Iterable[str]) -> str:
    """A whole page; `sections` are HTML already, everything else is escaped here."""
    title = escape(f"{head.title} · {head.kind}")
    lines = "".join(f"<p>{_unbroken(line)}</p>" for line in head.lines if line)
    warned = "".join(f"<p>{escape(warning)}</p>" for warning in head.warnings)
    box = f'<div class="warning" role="note">{warned}</div>' if warned else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE.read_text('utf-8')}</style>\n</head>\n<body>\n"
        f'<header><p class="kind">pleura · {escape(head.kind)}</p>'
        f'<h1>{escape(head.title)} <span class="badge">{escape(head.state)}</span></h1>{box}{lines}'
        f'<dl class="figures">{"".join(map(_figure, figures))}</dl></header>\n<main>\n'
        + "\n".join(filter(None, sections))
        + f"\n</main>\n<footer>{escape(RESEARCH_USE)}</footer>\n</body>\n</html>\n"
    )


def _figure(figure: Figure) -> str:
    below = f"<small>{escape(figure.below)}</small>" if figure.below else ""
    kind = ' class="faint"' if figure.faint else ""
    return f"<div{kind}><dt>{escape(figure.name)}</dt><dd>{escape(figure.value)}{below}</dd></div>"


def section(title: str, *parts: str) -> str:
    """A section of HTML parts; none where all are empty."""
    content = "".join(parts)
    return f"<section><h2>{escape(title)}</h2>{content}</section>" if content else ""


def note(text: str) -> str:
    """A line of explanation."""
    return f'<p class="note">{_unbroken(text)}</p>'


def lead(text: str) -> str:
    """A sentence that is to be read first."""
    return f'<p class="lead">{_unbroken(text)}</p>'


def _unbroken(text: str) -> str:
    """Text, escaped, that keeps a number and its percent sign on one line."""
    return escape(text).replace(" %", "&nbsp;%")


def charts(drawn: str) -> str:
    """Charts, HTML already, side by side as the page's width allows, on paper three; nothing where there is none."""
    return f'<div class="charts three">{drawn}</div>' if drawn else ""


def table(
    head: Sequence[str], rows: Iterable[Sequence[str | Link | Cell]], *, wide: bool = False, words: bool = False
) -> str:
    """A table of plain text; every column but the first holds numbers. A row of one cell is a heading over all.

    `wide` lets it take the page's whole width; in one of `words` no column holds numbers.
    """
    top = "".join(_cell("th", number, text) for number, text in enumerate(head))
    body = "".join(_row(row, len(head)) for row in rows)
    kind = f"scroll{' wide' if wide else ''}{' words' if words else ''}"
    return f'<div class="{kind}"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _row(row: Sequence[str | Link | Cell], columns: int) -> str:
    if len(row) == 1 and isinstance(row[0], str):
        return f'<tr class="over"><th colspan="{columns}">{escape(row[0])}</th></tr>'
    return f"<tr>{''.join(_cell('td', number, text) for number, text in enumerate(row))}</tr>"


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and what they are."""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><tbody>{body}</tbody></table>"


def _cell(tag: str, number: int, content: str | Link | Cell) -> str:
    kinds = ["number"] if number else []
    if isinstance(content, Link):
        inner = f'<a href="{escape(quote(content.file))}">{escape(content.text)}</a>'
    elif isinstance(content, Cell):
        kinds += ["faint"] if content.faint else []
        inner = escape(content.text) + (f"<small>{escape(content.below)}</small>" if content.below else "")
    else:
        inner = escape(content)
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<{tag}{kind}>{inner}</{tag}>"


def duration(seconds: float) -> str:
    """A time as people say it: 0.8 s, 12 s, 26 min, 2 h 5 min."""
    whole = round(seconds)
    if whole < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
