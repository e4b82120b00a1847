"""A process that reads films one after another, with the model warm, and that ends with the service."""

import importlib
import logging
import os
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from pleura.core.errors import ModelFileError, PleuraError
from pleura.predict import Predictor, load_predictor
from pleura.runtime import EngineChoice
from pleura.serve.folder import DataFolder
from pleura.serve.silence import silence_libraries
from pleura.serve.state.claims import Claim, Outcome, claim_next, finish, refused, report
from pleura.serve.state.database import Database
from pleura.serve.state.job import Status
from pleura.serve.work.memory import keep_memory
from pleura.serve.work.reading import Task, read_one

READY, WAKE, STOP = "ready", "wake", "stop"
"""What the two ends of the link say to each other."""
_POLL_S = 0.5
_PAUSE_S = 1.0
_LOG = logging.getLogger("pleura.serve")
_T = TypeVar("_T")


@dataclass(frozen=True)
class WorkerPlan:
    """What a worker has to know: where the data is, which model, how many threads, and how long a claim holds.

    `sha256` is the model's, as the service found it when it started.
    """

    data: Path
    database: str
    model: Path | None
    sha256: str
    gate: bool
    threads: int
    lease_s: float


def work(plan: WorkerPlan, name: str, link: Connection) -> None:
    """Be a worker until the other end of the link says so or is gone.

    Raises:
        ModelFileError: no valid model any more, or another one than the service says it has.
    """
    # Ctrl-C is for the service, which ends its workers in its own way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    silence_libraries()
    keep_memory()
    wake, stop = threading.Event(), threading.Event()
    threading.Thread(target=_listen, args=(link, wake, stop), daemon=True).start()
    folder, database = DataFolder(plan.data), Database(plan.database)
    predictor = load_predictor(plan.model, EngineChoice(threads=plan.threads), gate=plan.gate)
    if predictor.identity.sha256 != plan.sha256:
        reason = "is another model now than when the service started"
        raise ModelFileError(plan.model or "the shipped model", reason, "Start the service again.")
    _warm_up(predictor)
    link.send(READY)
    while not stop.is_set():
        wake.clear()
        claim = _patiently(lambda: claim_next(database, name, plan.lease_s), stop)
        if claim is None:
            wake.wait(_POLL_S)
        else:
            _do(predictor, folder, database, claim, stop)


def _listen(link: Connection, wake: threading.Event, stop: threading.Event) -> None:
    while True:
        try:
            word = link.recv()
        except (EOFError, OSError):
            # The service is gone. What is half done belongs to nobody, and is done again.
            os._exit(0)
        if word == STOP:
            stop.set()
        wake.set()


def _do(predictor: Predictor, folder: DataFolder, database: Database, claim: Claim, stop: threading.Event) -> None:
    task = Task(folder.film(claim.film_sha256), folder.result(claim.job, claim.token), folder.salt)

    def tell(values: dict[str, Any]) -> None:
        _patiently(lambda: report(database, claim, values), stop)

    outcome = _outcome(predictor, task, tell, claim)
    _patiently(lambda: finish(database, claim, outcome), stop)


def _outcome(predictor: Predictor, task: Task, tell: Callable[[dict[str, Any]], None], claim: Claim) -> Outcome:
    try:
        return read_one(predictor, task, tell)
    except PleuraError as error:
        return refused(Status.FAILED, error.code, _nameless(error, task), error.remedy)
    except OSError as error:
        reason = f"the result could not be written ({error.strerror or type(error).__name__})"
        return refused(Status.FAILED, "storage", reason, "Make room on the disk, then send the film again.")
    except Exception as error:
        # The message is left out, for it may quote the film's header; where it happened is enough to find it.
        place = traceback.extract_tb(error.__traceback__)[-1]
        _LOG.error("job %s: %s at %s:%s", claim.job, type(error).__name__, Path(place.filename).name, place.lineno)
        reason = f"reading it met a defect of pleura ({type(error).__name__})"
        return refused(Status.FAILED, "internal", reason, "Report the defect with the film's job id.")


def _nameless(error: PleuraError, task: Task) -> str:
    """The message without the path of a file of ours."""
    return error.message.replace(str(task.film), "the film")


def _patiently(action: Callable[[], _T], stop: threading.Event) -> _T | None:
    """Try again until the database answers, for one that restarts must cost no film; None where the service ends.

    A film that the database can never take in is ended by the deadline.
    """
    while True:
        try:
            return action()
        except SQLAlchemyError as error:
            _LOG.warning("a worker waits for the database (%s)", type(error).__name__)
            if stop.wait(_PAUSE_S):
                return None


def _warm_up(predictor: Predictor) -> None:
    """Do once what the first film would wait for: a look of every network, and the import of DICOM's libraries."""
    for name in ("seg", "sr"):
        importlib.import_module(f"pleura.output.dicom.{name}")
    predictor.warm_up()
