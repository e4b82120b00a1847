"""Writing the files of one film: a table of formats, and nothing that knows them all by name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pleura.core.errors import PleuraError, UnreadableImage
from pleura.core.files import write_bytes
from pleura.core.types import Finding, ModelIdentity, Radiograph
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.document import finding_json
from pleura.output.fhir import fhir_json
from pleura.output.order import DicomChoice, Order
from pleura.output.overlay import overlay_png
from pleura.output.png import mask_png
from pleura.output.stems import printable


@dataclass(frozen=True)
class Writer:
    """One format: what follows the stem in its file's name, and the function that gives its bytes.

    None instead of bytes means that there is nothing to write.
    """

    ending: str
    encode: Callable[[Order], bytes | None]


def _seg(order: Order) -> bytes | None:
    from pleura.output.dicom.seg import seg_dicom

    return seg_dicom(order)


def _fractional(order: Order) -> bytes:
    from pleura.output.dicom.seg import fractional_seg_dicom

    return fractional_seg_dicom(order)


def _sr(order: Order) -> bytes:
    from pleura.output.dicom.sr import sr_dicom

    return sr_dicom(order)


def _sc(order: Order) -> bytes:
    from pleura.output.dicom.secondary_capture import sc_dicom

    return sc_dicom(order)


def _gsps(order: Order) -> bytes:
    from pleura.output.dicom.gsps import gsps_dicom

    return gsps_dicom(order)


# The DICOM libraries cost a second of a cold start: they are imported by the formats that need them.
WRITERS: dict[str, Writer] = {
    "mask": Writer(".mask.png", lambda order: mask_png(order.finding.mask)),
    "overlay": Writer(".overlay.png", lambda order: overlay_png(order.finding)),
    "json": Writer(".json", lambda order: finding_json(order.finding)),
    "seg": Writer(".seg.dcm", _seg),
    "sr": Writer(".sr.dcm", _sr),
    "fractional": Writer(".fractional.dcm", _fractional),
    "sc": Writer(".sc.dcm", _sc),
    "gsps": Writer(".gsps.dcm", _gsps),
    "fhir": Writer(".fhir.json", fhir_json),
}
"""Formats with one file a film. A new one is one function, one row here and one test."""

DICOM_FORMATS = frozenset({"seg", "sr", "fractional", "sc", "gsps"})
"""Formats that stand beside a DICOM film in its study."""

_PLAIN = DicomChoice()

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


def check_film(film: Radiograph, formats: Iterable[str]) -> None:
    """Refuse a film that gives a DICOM result no patient and study, before any network sees it.

    Raises:
        NoDicomSource: one of `DICOM_FORMATS` is asked for, and the film was no DICOM file.
    """
    if film.source.format != "dicom" and (asked := [name for name in formats if name in DICOM_FORMATS]):
        reason = f"the format {asked[0]} needs a DICOM film, and this is {film.source.format}"
        raise NoDicomSource(printable(film.source.name), reason)


def write_finding(
    finding: Finding, folder: Path, stem: str, formats: Iterable[str], dicom: DicomChoice = _PLAIN
) -> list[Path]:
    """Write one film's outputs beside each other, each whole or not at all.

    A file of an earlier run that there is nothing to replace with is taken away, so that no outline stands beside a
    report that nothing was found.

    Args:
        finding: what was found.
        folder: where to; made if it is not there.
        stem: the film's stem, from `unique_stems`.
        formats: names in `WRITERS`; those of `RUN_FORMATS` are left to `write_run`.
        dicom: how DICOM results are written.

    Returns:
        The files written, in the order of `formats`.

    Raises:
        UnknownFormat: a name in neither table; nothing is written then.
        NoDicomSource: a DICOM format of a film that gives no patient and study; nothing is written then.
        SourceChanged: the film's file is not the one that was read; nothing is written then.
        OSError: the folder cannot be written to.
    """
    wanted = tuple(dict.fromkeys(formats))
    check_formats(wanted)
    check_film(finding.film, wanted)
    order = Order(finding, wanted, dicom)
    writers = [WRITERS[name] for name in wanted if name in WRITERS]
    contents = [(folder / f"{stem}{writer.ending}", writer.encode(order)) for writer in writers]
    for path, content in contents:
        if content is None:
            path.unlink(missing_ok=True)
        else:
            write_bytes(path, content)
    return [path for path, content in contents if content is not None]


def write_refusal(error: UnreadableImage, model: ModelIdentity, folder: Path, stem: str) -> Path | None:
    """Write the report that a film was refused and why (`sr`).

    Returns:
        The file, or None where the film has no sound DICOM header that says whose it is.

    Raises:
        OSError: the folder cannot be written to.
    """
    from pleura.output.dicom.sr import refusal_sr_dicom

    content, path = refusal_sr_dicom(error, model), folder / f"{stem}{WRITERS['sr'].ending}"
    if content is None:
        return None
    write_bytes(path, content)
    return path
