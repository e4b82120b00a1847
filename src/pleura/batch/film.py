"""One film of a batch: fetched, read and turned into a row; whatever it does, it costs itself alone."""

import errno
import hashlib
import logging
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pleura.batch.errors import FilmFailed
from pleura.batch.inputs.item import Item
from pleura.batch.job import Job, Masks
from pleura.batch.row import Row, read_row, refused_row
from pleura.batch.store import Store
from pleura.core import rle
from pleura.core.errors import EngineError, PleuraError, UnreadableImage
from pleura.core.files import DISK_FULL
from pleura.core.types import Finding, Radiograph
from pleura.image.read import read_content
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.order import Order
from pleura.output.write import WRITERS, check_film
from pleura.predict import Predictor
from pleura.predict.clock import Clock

TRIES = 3
"""How often a film is tried whose reading fails for a reason that may lie beside it."""
INTERNAL = "internal"
"""The code of a film whose reading met a defect of ours every time."""
_PAUSE_S = 0.25
_MACHINE = DISK_FULL | {errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOTCONN}
"""What the machine lacks: the next film would lack it too, and all of them would be refused for good."""
_OURS = Path(__file__).parents[1]
_REFUSALS = (UnreadableImage, NoDicomSource)
_LOG = logging.getLogger("pleura.batch")
_ResultT = TypeVar("_ResultT")


@dataclass(frozen=True)
class Held:
    """A film that was fetched and decoded, or the row of its refusal.

    Attributes:
        film: the film, or None.
        row: the row of its refusal, or None.
        content: its file, where a result copies from that.
        seconds: what it took, by stage.
    """

    film: Radiograph | None
    row: Row | None
    content: bytes
    seconds: dict[str, float]


class FilmReader:
    """Reads the films of a job; `hold` may run in another thread than `row`.

    Args:
        job: what is asked for.
        predictor: reads them.
        store: takes their SEG files.
    """

    def __init__(self, job: Job, predictor: Predictor, store: Store) -> None:
        self._job, self._predictor, self._store = job, predictor, store

    def hold(self, item: Item) -> Held:
        """Fetch and decode a film.

        Raises:
            PleuraError: no film can be fetched or decoded at present.
            OSError: this machine has no space or no handles left.
        """
        clock, content, film, row = Clock(), b"", None, None
        try:
            with clock.stage("fetch"):
                content = self._fetch(item)
            with clock.stage("decode"):
                # Only a decoder's process that does not start is an EngineError, and that is no film's fault.
                film = _insist(lambda: self._decode(content, item), fatal=EngineError)
        except (*_REFUSALS, FilmFailed) as error:
            sha256 = hashlib.sha256(content).hexdigest() if content else None
            row = refused_row(error.code, error.reason, error.remedy, sha256)
        return Held(film, row, content if self._job.reading.masks is Masks.SEG else b"", clock.seconds)

    def row(self, held: Held) -> tuple[Row, dict[str, float]]:
        """Read a film; its row, and the seconds that this took, by stage.

        Raises:
            OSError: its SEG file cannot be written, or this machine has no space or no handles left.
            StoreError: the object store does not take it.
            EngineError: the networks read no film any more, as where a GPU fails.
        """
        film = held.film
        if film is None:
            return held.row or {}, {}
        clock, masks = Clock(), self._job.reading.masks
        try:
            finding = self._read(film)
            with clock.stage("write"):
                content = _insist(lambda: _seg(finding, held.content)) if masks is Masks.SEG else None
        except (*_REFUSALS, FilmFailed) as error:
            return refused_row(error.code, error.reason, error.remedy, film.source.sha256), clock.seconds
        with clock.stage("write"):
            seg = None if content is None else self._job.seg(film.source.sha256)
            if content is not None and seg is not None:
                self._store.write(seg, content)
            code = rle.encode(finding.mask) if masks is Masks.RLE else None
            row = read_row(finding, rle=code, seg=seg)
        return row, {**finding.timings, **clock.seconds}

    def _fetch(self, item: Item) -> bytes:
        try:
            return self._job.source.fetch(item)
        except UnreadableImage as error:
            if isinstance(cause := error.__cause__, OSError) and cause.errno in _MACHINE:
                raise cause from None
            raise

    def _read(self, film: Radiograph) -> Finding:
        try:
            return _insist(lambda: self._predictor.read(film))
        except FilmFailed as failed:
            try:
                self._predictor.warm_up()
            except Exception as error:
                reason = f"the networks read no film any more ({type(error).__name__})"
                remedy = "See to the GPU, the memory and the model, and run the same command again."
                raise EngineError(reason, remedy) from error
            # They read another film: this one is to blame.
            raise failed

    def _decode(self, content: bytes, item: Item) -> Radiograph:
        film = read_content(content, PurePosixPath(item.identity).name, lenient=self._job.reading.lenient)
        check_film(film, _formats(self._job.reading.masks))
        return film


def _formats(masks: Masks) -> tuple[str, ...]:
    return (masks.value,) if masks is Masks.SEG else ()


def _seg(finding: Finding, content: bytes) -> bytes | None:
    """A film's SEG file; it copies from the film's header, which is read from a file."""
    with tempfile.TemporaryDirectory(prefix="pleura-batch-") as folder:
        path = Path(folder, "film")
        path.write_bytes(content)
        film = replace(finding.film, source=replace(finding.film.source, path=str(path)))
        return WRITERS[Masks.SEG.value].encode(Order(replace(finding, film=film), _formats(Masks.SEG)))


def _insist(action: Callable[[], _ResultT], fatal: type[Exception] | tuple[()] = ()) -> _ResultT:
    """Do it, and do it again if it fails: a machine that was short of memory for a moment must not cost a film.

    Args:
        action: what is done.
        fatal: a kind of error that is raised as it is after the last time.

    Raises:
        FilmFailed: it failed every time.
        EngineError: a module cannot be imported.
        OSError: every time for want of what no other film would have either.
    """
    for trial in range(TRIES):
        try:
            return action()
        except _REFUSALS as error:
            # What a film is refused for stays; that decoding it took too long need not be the film's doing.
            if not error.transient or trial == TRIES - 1:
                raise
        except ImportError as error:
            # Modules are loaded when a film first needs them: from a share that may be gone, or with no memory left.
            if trial == TRIES - 1:
                reason = f"a part of the installation does not load ({error.name or 'unknown'})"
                raise EngineError(reason, "See to the installation and the memory.") from error
        except Exception as error:
            if trial == TRIES - 1:
                if isinstance(error, fatal) or (isinstance(error, OSError) and error.errno in _MACHINE):
                    raise
                raise _failed(error) from error
        time.sleep(_PAUSE_S * 2**trial)
    raise AssertionError("unreachable")


def _failed(error: Exception) -> FilmFailed:
    if isinstance(error, PleuraError):
        return FilmFailed(error.code, error.message, error.remedy)
    # The message is left out, for it may quote the film's header; where it happened is enough to find it. What names
    # the row must not change with the version of Python: the last line of ours does not, one of a library's may.
    frames = traceback.extract_tb(error.__traceback__)
    place = [frame for frame in frames if Path(frame.filename).is_relative_to(_OURS)][-1]
    where = f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}"
    _LOG.error("a film met a defect: %s", where)
    return FilmFailed(INTERNAL, f"reading it met a defect of pleura ({where})", "Report the defect with this film.")
