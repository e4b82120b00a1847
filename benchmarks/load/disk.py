"""The disk is full: the service says so, takes nothing in, leaves nothing half written, and goes on when it can."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from load.lines import Line
from load.plan import Bench
from load.service import Serving, running, until
from load.traffic import settled

_DISK_MB, _FREE_MIB = 96, 32
_SAYS_FULL = (HTTPStatus.INSUFFICIENT_STORAGE, HTTPStatus.SERVICE_UNAVAILABLE)
_READY_S = 30.0


class NoDisk(Exception):
    """A small disk cannot be made here: that needs the right to mount."""


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of 96 MB, in memory.

    Raises:
        NoDisk: it cannot be mounted.
    """
    with TemporaryDirectory(prefix="disk-") as place:
        command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_MB}m", "pleura-load", place]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoDisk("mount -t tmpfs is not allowed here") from error
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", place], check=True)


def measure(bench: Bench) -> list[Line]:
    """A disk below what is kept free, then one without a byte."""
    try:
        with small_disk() as disk:
            lines = _full("disk nearly full", bench, disk, f"[limits]\nfree_mib = {_FREE_MIB}\n", _FREE_MIB - 8)
        with small_disk() as disk:
            return lines + _full("disk full to the last byte", bench, disk, "[limits]\nfree_mib = 0\n", 0)
    except NoDisk as error:
        print(f"left out: {error}", flush=True)
        return []


def _full(name: str, bench: Bench, disk: Path, config: str, left_mib: int) -> list[Line]:
    with running(config, disk) as serving:
        first = _post(serving, bench)
        settled(serving)
        before = _files(serving)
        ballast = disk / "ballast"
        fill(ballast, left_mib << 20)
        ready_then = serving.http.get("/readyz").status_code
        answers = [_post(serving, bench) for _ in range(5)]
        typed = sum(answer.status_code in _SAYS_FULL and "error" in answer.json() for answer in answers)
        new = _files(serving) - before
        alive = serving.http.get("/livez").status_code
        ballast.unlink()
        until(lambda: serving.http.get("/readyz").status_code == HTTPStatus.OK, _READY_S)
        after = _post(serving, bench)
        ends = settled(serving)
    taken = [answer.json()["jobs"][0]["id"] for answer in (first, after) if answer.is_success]
    done = sum(ends[job].status == "done" for job in taken)
    return [
        Line(name, "readyz", ready_then, least=503, most=503),
        Line(name, "livez", alive, least=200, most=200),
        Line(name, "of 5 uploads answered with 507 or 503 and a named error", typed, least=5, most=5),
        Line(name, "files that they left", len(new), least=0, most=0),
        Line(name, "of the films before and after, read", done, least=2, most=2),
        Line(name, "jobs in all", len(ends), least=2, most=2),
    ]


def fill(path: Path, left: int) -> None:
    """Write a file until so many bytes are left on its disk."""
    with path.open("wb", buffering=0) as file:
        state = os.statvfs(path.parent)
        os.posix_fallocate(file.fileno(), 0, max(1, state.f_bavail * state.f_frsize - left))


def _post(serving: Serving, bench: Bench) -> httpx.Response:
    return serving.http.post("/api/v1/films", content=bench.supply.next())


def _files(serving: Serving) -> set[Path]:
    """All files but those of the database, which may grow."""
    found = {path for path in serving.data.rglob("*") if path.is_file()}
    return {path for path in found if not path.name.startswith("pleura.sqlite")}
