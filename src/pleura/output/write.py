"""Writing the files of one film: a table of formats, and nothing that knows them all by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import PleuraError
from pleura.core.files import write_bytes
from pleura.core.types import Finding
from pleura.output.document import finding_json
from pleura.output.overlay import overlay_png
from pleura.output.png import mask_png


@dataclass(frozen=True)
class Writer:
    """One format: what follows the stem in its file's name, and the function that gives its bytes."""

    ending: str
    encode: Callable[[Finding], bytes]


WRITERS: dict[str, Writer] = {
    "mask": Writer(".mask.png", lambda finding: mask_png(finding.mask)),
    "overlay": Writer(".overlay.png", overlay_png),
    "json": Writer(".json", finding_json),
}
"""Formats with one file a film. A new one is one function, one row here and one test."""

RUN_FORMATS = ("rle",)
"""Formats with one file a run; `write_run` writes them."""


class UnknownFormat(PleuraError):
    """A format that nothing here writes."""

    def __init__(self, name: str) -> None:
        allowed = ", ".join((*WRITERS, *RUN_FORMATS))
        super().__init__("format", f"{name!r} is no output format", f"Choose from: {allowed}.")


def check_formats(formats: Iterable[str]) -> None:
    """Refuse an unknown format before any film is read.

    Raises:
        UnknownFormat: naming those that exist.
    """
    for name in formats:
        if name not in WRITERS and name not in RUN_FORMATS:
            raise UnknownFormat(name)


def write_finding(finding: Finding, folder: Path, stem: str, formats: Iterable[str]) -> list[Path]:
    """Write one film's outputs beside each other, each whole or not at all.

    Args:
        finding: what was found.
        folder: where to; made if it is not there.
        stem: the film's stem, from `unique_stems`.
        formats: names in `WRITERS`; those of `RUN_FORMATS` are left to `write_run`.

    Returns:
        The files written, in the order of `formats`.

    Raises:
        UnknownFormat: a name in neither table; nothing is written then.
        OSError: the folder cannot be written to.
    """
    wanted = list(dict.fromkeys(formats))
    check_formats(wanted)
    written = []
    for writer in (WRITERS[name] for name in wanted if name in WRITERS):
        path = folder / f"{stem}{writer.ending}"
        write_bytes(path, writer.encode(finding))
        written.append(path)
    return written
