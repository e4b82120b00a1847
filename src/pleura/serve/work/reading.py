"""One film: read, written, and how it ended."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.files import write_folder
from pleura.core.types import Finding
from pleura.image import read_film
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.document import document_of
from pleura.output.order import Order
from pleura.output.write import WRITERS
from pleura.predict import Predictor
from pleura.serve.state.claims import Outcome, refused
from pleura.serve.state.job import Status, urgency_of
from pleura.serve.work.facts import area_share, film_facts
from pleura.serve.work.pictures import hemithoraces_png, probability_png, thumbnail_png

Report = Callable[[dict[str, Any]], None]
_DECODED, _READ = 0.3, 0.7
_PLAIN = {"mask.png": "mask", "overlay.png": "overlay", "finding.json": "json"}
_DICOM = {"seg.dcm": "seg", "sr.dcm": "sr"}


@dataclass(frozen=True)
class Task:
    """A film's file, the folder that takes its results, and the salt of its pseudonyms."""

    film: Path
    folder: Path
    salt: bytes


def read_one(predictor: Predictor, task: Task, report: Report) -> Outcome:
    """Read a film and write its results; they are on disk when this returns.

    Args:
        predictor: reads it.
        task: what and where to.
        report: is told how far it has come, as values of the job's row.

    Raises:
        EngineError: a network gives no numbers on this film.
        OSError: the results cannot be written.
    """
    try:
        film = read_film(task.film)
        facts = film_facts(film, task.salt)
        report({"film": facts, "progress": _DECODED})
        finding = predictor.read(film)
    except UnreadableImage as error:
        # A file that is gone or cannot be read says nothing of the film: sent again, it is read.
        status = Status.FAILED if error.refusal is Refusal.UNREADABLE else Status.REFUSED
        outcome = refused(status, error.code, error.reason, error.remedy)
        outcome.values.update(_refusal_report(error, predictor, task))
        return outcome
    # What the gate told, which may be the view where the header did not.
    facts = {**facts, "view": finding.film.view.value, "heart_at_left": finding.film.heart_at_left}
    report({"film": facts, "progress": _READ})
    values = {
        "film": facts,
        "patient": facts["patient"],
        "finding": document_of(finding),
        "present": finding.present,
        "side": finding.regions[0].side.value if finding.regions else None,
        "urgency": _urgency(finding),
        "result": task.folder.name,
        "files": _write(finding, task.folder),
    }
    return Outcome(Status.DONE, values)


def _write(finding: Finding, folder: Path) -> list[str]:
    wanted = _PLAIN | (_DICOM if finding.film.source.format == "dicom" else {})
    order = Order(finding, tuple(wanted.values()))
    contents = {name: WRITERS[form].encode(order) for name, form in _PLAIN.items()}
    # Without them where the header does not say soundly whose film it is: they would be filed under another patient.
    with suppress(NoDicomSource):
        contents |= {name: WRITERS[form].encode(order) for name, form in wanted.items() if name in _DICOM}
    contents["probability.png"] = probability_png(finding.probabilities)
    contents["thumbnail.png"] = thumbnail_png(finding.film)
    if finding.hemithoraces is not None:
        contents["hemithoraces.png"] = hemithoraces_png(finding.hemithoraces)
    written = {name: content for name, content in contents.items() if content is not None}
    write_folder(folder, written)
    return sorted(written)


def _refusal_report(error: UnreadableImage, predictor: Predictor, task: Task) -> dict[str, Any]:
    """The report (SR) that a film was refused and why, where its header says whose film it is."""
    from pleura.output.dicom.sr import refusal_sr_dicom

    content = refusal_sr_dicom(error, predictor.identity)
    if content is None:
        return {}
    write_folder(task.folder, {"sr.dcm": content})
    return {"result": task.folder.name, "files": ["sr.dcm"]}


def _urgency(finding: Finding) -> float:
    share = area_share([region.area_px for region in finding.regions], finding.film.shape)
    return urgency_of(finding.present, finding.probability, share)
