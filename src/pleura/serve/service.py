"""The parts of one running service, put together once."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from pleura.serve.config import ServeConfig, database_url
from pleura.serve.errors import ServeConfigError
from pleura.serve.folder import DataFolder
from pleura.serve.intake.desk import Desk
from pleura.serve.model import ModelFacts, model_facts
from pleura.serve.retention import Keeper
from pleura.serve.state.alone import Alone
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.work.supervisor import Pace, Supervisor
from pleura.serve.work.worker import WorkerPlan


@dataclass(frozen=True)
class Service:
    """What the handlers work with."""

    config: ServeConfig
    folder: DataFolder
    database: Database
    model: ModelFacts
    supervisor: Supervisor
    desk: Desk


@contextmanager
def opened_service(config: ServeConfig) -> Iterator[Service]:
    """Put everything together, and start nothing yet: films that come in wait.

    Raises:
        ServeConfigError: the data folder or the database cannot be used, or another service uses the folder.
        ModelFileError: no valid model or blend.
    """
    folder = DataFolder(config.data)
    folder.prepare()
    with folder.locked(), ExitStack() as stack:
        url = database_url(config) or sqlite_url(folder.database)
        model, database = model_facts(config), Database(url)
        stack.callback(database.close)
        # Before the tables are changed: another service may still work with them as they were.
        alone = Alone(database)
        alone.take()
        stack.callback(alone.release)
        database.migrate()
        workers, pace = config.workers, config.workers
        sha256 = model.document["sha256"]
        plan = WorkerPlan(folder.root, url, config.model, sha256, config.gate, workers.threads_each, workers.lease_s)
        times = Pace(pace.deadline_s, pace.lease_s, pace.grace_s)
        supervisor = Supervisor(database, alone, folder.node, plan, workers.processes, times, _end)
        desk = Desk(database, folder, config.limits, model.settings, workers.processes, supervisor.wake, config.scan)
        folder.empty_incoming()
        yield Service(config, folder, database, model, supervisor, desk)


@contextmanager
def running_service(config: ServeConfig) -> Iterator[Service]:
    """Open everything, start the workers, and end them when the block ends.

    Raises:
        ServeConfigError: the data folder or the database cannot be used, or another service uses the folder.
        ModelFileError: no valid model or blend.
        PacsConfigError: the config file of the PACS that results go to cannot be used.
    """
    with opened_service(config) as service, ExitStack() as stack:
        keeper = Keeper(service.database, service.folder, config.retention)
        for part in (service.supervisor, keeper):
            part.start()
            stack.callback(part.stop)
        _join_hospital(config, service.desk, stack)
        yield service


def _join_hospital(config: ServeConfig, desk: Desk, stack: ExitStack) -> None:
    """Listen for C-STORE and deliver results, where that is configured; `stack` ends both.

    Imported where it is needed: DICOM's network libraries double the time of a start.
    """
    if config.push is not None:
        from pleura.pacs import read_config
        from pleura.serve.dicom.push import Pusher

        pusher = Pusher(read_config(config.push), desk.database, desk.folder)
        pusher.start()
        stack.callback(pusher.stop)
    if config.listener is not None:
        from pleura.serve.dicom.listener import listening

        stack.enter_context(listening(config.listener, desk))


@contextmanager
def opened_database(config: ServeConfig) -> Iterator[Database]:
    """The database of a service that may be running, for those who only look.

    Raises:
        ServeConfigError: there is none.
    """
    folder = DataFolder(config.data)
    url = database_url(config)
    if url is None and not folder.database.is_file():
        raise ServeConfigError(folder.root, "there is no database of a service", "Name its data folder with --data.")
    database = Database(url or sqlite_url(folder.database))
    try:
        yield database
    finally:
        database.close()


def _end() -> None:
    """End this service as whoever started it would."""
    os.kill(os.getpid(), signal.SIGTERM)
