"""A Ray cluster to work on: one that runs already, or one of this machine's own for as long as a batch takes.

Our own listens on loopback alone, tells nobody of its use, has no dashboard, asks for a token that nobody is told and
leaves nothing behind. `ray` is imported when a cluster is opened, for it reads its settings then.
"""

import contextlib
import functools
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pleura.core.errors import EngineError

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
_OURS = re.compile(r"pleura-ray-(\d+)-\w+")


@contextmanager
def ray_cluster(workers: int | None = None, address: str | None = None) -> Iterator[int]:
    """Connect to a cluster, or start one with a core to spare for what is no worker; gives the number of workers.

    Args:
        workers: how many of ours it must hold; None takes one a core of this machine, or all but one of a cluster's.
        address: of a cluster, as `ray.init` takes it; None starts one here.

    Raises:
        EngineError: no cluster answers or starts, or our workers would take all its cores: whatever else has to run
            there would wait for them, and they for it.
    """
    if address is None and workers is None:
        workers = len(os.sched_getaffinity(0))
    with _local(workers or 1) if address is None else _running(address):
        import ray

        cores = int(ray.cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
        workers = max(1, cores - 1) if workers is None else workers
        if workers >= cores:
            reason = f"{workers} workers would take all {cores} cores of the Ray cluster"
            raise EngineError(reason, f"Give --workers {max(1, cores - 1)}, or let the cluster have more cores.")
        yield workers


@contextmanager
def _local(workers: int) -> Iterator[None]:
    top = Path(tempfile.gettempdir())
    if len(os.fsencode(top)) > _LONGEST_TEMP:
        raise EngineError(
            f"the path of the folder for temporary files, {top}, is too long for Ray", "Set TMPDIR=/tmp."
        )
    _sweep(top)
    folder = Path(tempfile.mkdtemp(prefix=f"pleura-ray-{os.getpid()}-", dir=top))
    try:
        with _environment({"RAY_AUTH_TOKEN": _token(), **_ALONE}):
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
    finally:
        _end_all(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _end_all(folder: Path) -> None:
    """End what Ray has left running of a cluster: a start that fails leaves all that it has begun."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in (process / "cmdline").read_bytes():
                os.kill(int(process.name), signal.SIGKILL)


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


def _sweep(top: Path) -> None:
    """Take away what clusters left whose driver was killed."""
    for folder in top.glob("pleura-ray-*"):
        named = _OURS.fullmatch(folder.name)
        if named is not None and not Path(f"/proc/{named[1]}").exists():
            shutil.rmtree(folder, ignore_errors=True)
