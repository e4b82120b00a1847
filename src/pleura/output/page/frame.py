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
    """One number of the summary: what it is, its value, and a smaller line below."""

    name: str
    value: str
    below: str = ""


@dataclass(frozen=True)
class Head:
    """The page's head: its kind ("Training run"), title, a word on its state, and lines of text."""

    kind: str
    title: str
    state: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Link:
    """Text in a table that leads to a file beside the page."""

    text: str
    file: str


def page(head: Head, figures: Iterable[Figure], sections: Iterable[str]) -> str:
    """A whole page; `sections` are HTML already, everything else is escaped here."""
    title = escape(f"{head.title} · {head.kind}")
    lines = "".join(f"<p>{escape(line)}</p>" for line in head.lines if line)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE.read_text('utf-8')}</style>\n</head>\n<body>\n"
        f'<header><p class="kind">pleura · {escape(head.kind)}</p>'
        f'<h1>{escape(head.title)} <span class="badge">{escape(head.state)}</span></h1>{lines}'
        f'<dl class="figures">{"".join(map(_figure, figures))}</dl></header>\n<main>\n'
        + "\n".join(filter(None, sections))
        + f"\n</main>\n<footer>{escape(RESEARCH_USE)}</footer>\n</body>\n</html>\n"
    )


def _figure(figure: Figure) -> str:
    below = f"<small>{escape(figure.below)}</small>" if figure.below else ""
    return f"<div><dt>{escape(figure.name)}</dt><dd>{escape(figure.value)}{below}</dd></div>"


def section(title: str, *parts: str) -> str:
    """A section of HTML parts; none where all are empty."""
    content = "".join(parts)
    return f"<section><h2>{escape(title)}</h2>{content}</section>" if content else ""


def note(text: str) -> str:
    """A line of explanation."""
    return f'<p class="note">{escape(text)}</p>'


def table(head: Sequence[str], rows: Iterable[Sequence[str | Link]]) -> str:
    """A table of plain text; every column but the first holds numbers."""
    top = "".join(_cell("th", number, text) for number, text in enumerate(head))
    body = "".join(
        f"<tr>{''.join(_cell('td', number, text) for number, text in enumerate(row))}</tr>" for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A table of names and what they are."""
    body = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
    return f"<table><tbody>{body}</tbody></table>"


def _cell(tag: str, number: int, content: str | Link) -> str:
    kind = ' class="number"' if number else ""
    if isinstance(content, Link):
        return f'<{tag}{kind}><a href="{escape(quote(content.file))}">{escape(content.text)}</a></{tag}>'
    return f"<{tag}{kind}>{escape(content)}</{tag}>"


def duration(seconds: float) -> str:
    """A time as people say it: 0.8 s, 12 s, 26 min, 2 h 5 min."""
    whole = round(seconds)
    if whole < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{round(whole / 60)} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
