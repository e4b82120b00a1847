"""One study: its films are fetched and read, and their results go back to it."""

import io
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydicom import dcmread

from pleura.core.caption import caption_of
from pleura.core.errors import UnreadableImage
from pleura.image import read_film
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.dicom.identity import DEVICE, MANUFACTURER
from pleura.output.dicom.source import quiet
from pleura.output.dicom.study import StudyFilm, film_that_was_read, film_that_was_refused, summary_dicom
from pleura.output.order import Order
from pleura.output.write import WRITERS, check_film
from pleura.pacs.archive import ObjectKey, key_of
from pleura.pacs.errors import Answered, Busy
from pleura.pacs.link import Link
from pleura.predict import Predictor

READ = "read"
Delivery = Literal["stored", "there", "not stored"]


@dataclass(frozen=True)
class Delivered:
    """One result: its format (or `summary`), its UID, and whether it was stored now or is there from an earlier run.

    `not stored` is the answer of a dry run.
    """

    format: str
    uid: str
    state: Delivery


@dataclass(frozen=True)
class FilmOutcome:
    """One film: `status` is "read", or the code of its refusal or of the PACS; figures stand only with "read"."""

    uid: str
    status: str
    message: str
    present: bool | None = None
    score: float | None = None
    threshold: float | None = None
    probability: float | None = None
    calibrated: bool | None = None

    @property
    def lost(self) -> bool:
        """Whether the PACS names it and does not give it."""
        return self.status.startswith("pacs_")


@dataclass(frozen=True)
class StudyOutcome:
    """What became of one study; it names nobody."""

    study: str
    films: tuple[FilmOutcome, ...]
    results: tuple[Delivered, ...]

    @property
    def refused(self) -> int:
        """How many films were refused."""
        return sum(film.status != READ and not film.lost for film in self.films)

    @property
    def lost(self) -> int:
        """How many films the PACS names and does not give."""
        return sum(film.lost for film in self.films)


@dataclass
class _Reading:
    """A study as far as it was read."""

    link: Link
    study: str
    predictor: Predictor
    dry: bool
    films: list[FilmOutcome] = field(default_factory=list)
    results: list[Delivered] = field(default_factory=list)
    remembered: list[StudyFilm] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_study(link: Link, study: str, predictor: Predictor, *, dry: bool = False) -> StudyOutcome:
    """Read every film of one study, and store of each what `link.config.result` asks for, then one summary.

    The PACS is asked first whether it holds a result: UIDs follow from film, model and settings, so that a second run
    stores nothing. A film that is refused, or that the PACS does not give, costs itself only; the summary says why.
    Films lie in a temporary folder that only this user can read, as long as they are read.

    Args:
        link: where films come from and results go to.
        study: its UID.
        predictor: reads the films.
        dry: store nothing, but say what would be stored.

    Raises:
        PacsError: the PACS cannot be reached, or does not do what it is asked for.
        EngineError: the network gives no numbers on a film.
    """
    reading = _Reading(link, study, predictor, dry)
    with tempfile.TemporaryDirectory(prefix="pleura-pacs-") as folder:
        for number, key in enumerate(link.source.films(study, link.config.films)):
            # Numbered, for an object's UID comes from outside and is no name of a file.
            path = Path(folder) / f"{number:04}.dcm"
            try:
                _read(reading, key, path)
            except (UnreadableImage, NoDicomSource) as error:
                _refuse(reading, key, path, error)
            finally:
                path.unlink(missing_ok=True)
    if link.config.result.summary:
        content = summary_dicom(reading.remembered, reading.unknown, predictor.identity)
        if content is not None:
            reading.results.append(_deliver(reading, "summary", content))
    return StudyOutcome(study, tuple(reading.films), tuple(reading.results))


def _read(reading: _Reading, key: ObjectKey, path: Path) -> None:
    try:
        content = reading.link.source.fetch(key)
    except (Answered, Busy) as error:
        reading.unknown.append(key.uid)
        reading.films.append(FilmOutcome(key.uid, error.code, f"{error.message}. {error.remedy}"))
        return
    if _is_ours(content):
        return
    path.write_bytes(content)
    wanted = reading.link.config.result
    film = read_film(path)
    check_film(film, wanted.formats)
    finding = reading.predictor.read(film)
    order = Order(finding, wanted.formats, wanted.choice)
    if order.source.header.StudyInstanceUID != reading.study:
        # The film's own is no UID: its results would stand in a study of their own, where nobody looks.
        raise NoDicomSource(key.uid, "its StudyInstanceUID is not valid")
    # The report last: it points to the others, which must be there when somebody opens it.
    for name in sorted(wanted.formats, key=lambda name: name == "sr"):
        if (result := WRITERS[name].encode(order)) is not None:
            reading.results.append(_deliver(reading, name, result))
    reading.remembered.append(film_that_was_read(order))
    reading.films.append(
        FilmOutcome(
            uid=key.uid,
            status=READ,
            message=caption_of(finding).headline,
            present=finding.present,
            score=finding.score,
            threshold=finding.threshold,
            probability=finding.probability,
            calibrated=finding.calibrated,
        )
    )


def _refuse(reading: _Reading, key: ObjectKey, path: Path, error: UnreadableImage | NoDicomSource) -> None:
    # An error that came before there was a file names the object instead, and a file of that name is none of ours.
    told = isinstance(error, UnreadableImage) and error.path == str(path)
    film = film_that_was_refused(error) if told and isinstance(error, UnreadableImage) else None
    if film is None or film.source.header.StudyInstanceUID != reading.study:
        reading.unknown.append(key.uid)
    else:
        reading.remembered.append(film)
    reading.films.append(FilmOutcome(key.uid, error.code, f"{error.reason}. {error.remedy}"))


def _deliver(reading: _Reading, name: str, content: bytes) -> Delivered:
    with quiet():
        key = key_of(dcmread(io.BytesIO(content), stop_before_pixels=True))
    target = reading.link.target
    if target.holds(key):
        return Delivered(name, key.uid, "there")
    if reading.dry:
        return Delivered(name, key.uid, "not stored")
    try:
        target.store(content)
    except Answered:
        # Refused as a duplicate: the answer to an earlier attempt was lost, or another run was quicker.
        if not target.holds(key):
            raise
    return Delivered(name, key.uid, "stored")


def _is_ours(content: bytes) -> bool:
    """Is it a picture that pleura itself wrote (`sc`)? That is no film."""
    with quiet():
        tags = dcmread(io.BytesIO(content), specific_tags=["Manufacturer", "ManufacturerModelName"])
    return (tags.get("Manufacturer"), tags.get("ManufacturerModelName")) == (MANUFACTURER, DEVICE)
