"""A Ray cluster to work on: one that runs already, or one of this machine's own for as long as a batch takes.

Our own listens on loopback alone, tells nobody of its use, has no dashboard, asks for a token that nobody is told and
leaves nothing behind. `ray` is imported when a cluster is opened, for it reads its settings then.
"""

import contextlib
import fcntl
import functools
import logging
import os
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pleura.core.errors import EngineError
from pleura.core.processor import cores

_KNOCK_S = 10.0
_LOOPBACK = "127.0.0.1"
_STORE_BYTES = 80 << 20
"""For objects in memory, about the least that Ray takes: films do not pass through it, only which shard is next."""
_ALONE = {
    # Named after the systems that it is the default of; it keeps every port on loopback.
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    # A busy machine takes more than the minute that a process of Ray is given to start.
    "RAY_worker_register_timeout_seconds": "300",
    # Its processes write on stderr what is told to nobody here, or told by the driver.
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
_LONGEST_TEMP = 30  # A socket's path has at most 107 bytes, and Ray's own part of it takes about 70.
_OURS = "pleura-ray-"


@contextmanager
def ray_cluster(workers: int | None = None, address: str | None = None, gpus: float = 0.0) -> Iterator[int]:
    """Connect to a cluster, or start one with a core to spare for what is no worker; gives the number of workers.

    Args:
        workers: how many of ours it must hold; None takes one a core of this machine, or all but one of a cluster's.
        address: of a cluster, as `ray.init` takes it; None starts one here.
        gpus: share of a GPU that each of ours holds.

    Raises:
        EngineError: no cluster answers or starts, or our workers would take all its cores: whatever else has to run
            there would wait for them, and they for it. Or it lacks GPUs, for which they would wait.
    """
    if address is None and workers is None:
        workers = cores()
    with _local(workers or 1) if address is None else _running(address):
        import ray

        there = ray.cluster_resources()  # type: ignore[no-untyped-call]
        spare = int(there.get("CPU", 0)) - 1
        room = int(there.get("GPU", 0) / gpus) if gpus else spare
        workers = max(1, min(spare, room)) if workers is None else workers
        if workers > spare:
            reason = f"{workers} workers would take all {spare + 1} cores of the Ray cluster"
            raise EngineError(reason, f"Give --workers {max(1, spare)}, or let the cluster have more cores.")
        if workers > room:
            reason = f"the Ray cluster has GPUs for {room} workers with {gpus:g} of one each, and not for {workers}"
            raise EngineError(
                reason, "Give fewer --workers or a smaller --ray-gpus, or let the cluster have more GPUs."
            )
        yield workers


@contextmanager
def _local(workers: int) -> Iterator[None]:
    top = Path(tempfile.gettempdir())
    if len(os.fsencode(top)) > _LONGEST_TEMP:
        raise EngineError(
            f"the path of the folder for temporary files, {top}, is too long for Ray", "Set TMPDIR=/tmp."
        )
    _sweep(top)
    with _folder(top) as folder, _environment({"RAY_AUTH_TOKEN": _token(), **_ALONE}):
        import ray

        start = functools.partial(
            ray.init,
            num_cpus=workers + 1,
            object_store_memory=_STORE_BYTES,
            include_dashboard=False,
            _temp_dir=str(folder),
        )
        with _connected(start, "no cluster starts on this machine"):
            nodes = ray.nodes()  # type: ignore[no-untyped-call]
            if [node["NodeManagerAddress"] for node in nodes] != [_LOOPBACK]:
                reason = "Ray was imported before, and would be open to the network"
                raise EngineError(reason, "Let the batch be the first to import it, or give --ray-address.")
            yield


def _clear(folder: Path) -> None:
    """End what Ray has left running of a cluster, such as a start that failed has, and delete its folder."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(address: str) -> Iterator[None]:
    _knock(address)
    with _environment({"RAY_USAGE_STATS_ENABLED": "0"}):
        import ray

        start = functools.partial(ray.init, address=address)
        with _connected(start, f"the cluster at {address} takes no driver"):
            yield


def _knock(address: str) -> None:
    """Ray itself would go on asking for many minutes where nobody listens.

    Raises:
        EngineError: nobody listens at this address, or it is none of those that are meant.
    """
    host, _, port = address.rpartition(":")
    if address == "auto":
        return
    try:
        socket.create_connection((host, int(port)), _KNOCK_S).close()
    except (OSError, ValueError) as error:
        remedy = "Give HOST:PORT of the cluster's head (port 6379 by default), or auto on one of its machines."
        raise EngineError(f"no cluster answers at {address} ({type(error).__name__})", remedy) from error


@contextmanager
def _connected(start: Callable[..., object], failure: str) -> Iterator[None]:
    import ray

    try:
        try:
            start(log_to_driver=False, logging_level=logging.CRITICAL)
        except Exception as error:  # Ray has no kind of its own for this.
            # Its own limits are of half a minute, which a machine with ten times as much to do as cores exceeds.
            remedy = "Have more memory and disk here, and less beside it; or check the cluster that was named."
            raise EngineError(f"{failure} ({type(error).__name__})", remedy) from error
        yield
    finally:
        ray.shutdown()


@functools.cache
def _token() -> str:
    """What our clusters ask for; Ray keeps the first that it reads for as long as this process lives."""
    return secrets.token_hex(32)


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for as long as Ray runs: its processes inherit them."""
    earlier = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in earlier.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _folder(top: Path) -> Iterator[Path]:
    """A new folder, locked as long as this process lives; it is gone after that."""
    folder = Path(tempfile.mkdtemp(prefix=_OURS, dir=top))
    with _locked(folder):
        try:
            yield folder
        finally:
            _clear(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Whether a folder is there and nobody else holds it; inside the block we do.

    A number of a process would say nothing to another container that sees the same folder.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held = folder.exists()
    except OSError:
        held = False
    try:
        yield held
    finally:
        os.close(handle)


def _sweep(top: Path) -> None:
    """Take away what clusters left whose driver was killed."""
    for folder in top.glob(f"{_OURS}*"):
        with _locked(folder) as is_left:
            if is_left:
                _clear(folder)
