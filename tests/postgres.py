"""Debian's PostgreSQL on loopback, for tests: a cluster in a temporary folder, ended and deleted afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from orthanc import free_ports

_READY_S = 30


def _programs():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        pytest.skip("no PostgreSQL here: apt-get install postgresql")
    return found[-1].parent if found else Path(on_path).parent


def _account():
    """PostgreSQL refuses to run as root: then it runs as the account that its package made."""
    if os.getuid():
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no account postgres")


@contextmanager
def running_postgres():
    """Start a cluster; gives the address of an empty database."""
    programs, account = _programs(), _account()
    folder = Path(tempfile.mkdtemp(prefix="pleura-postgres-"))
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    as_whom = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    (port,) = free_ports(1)
    options = ["-k", str(folder), "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    try:
        initdb = [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "pleura", "-E", "UTF8", "-N"]
        subprocess.run(initdb, check=True, **quiet, **as_whom)
        server = subprocess.Popen([programs / "postgres", "-D", folder / "data", *options], **quiet, **as_whom)
        try:
            _await(programs, port, server)
            yield f"postgresql://pleura@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(2)
            server.wait(20)
    finally:
        shutil.rmtree(folder)


def _await(programs, port, server):
    end = time.monotonic() + _READY_S
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode:
        assert server.poll() is None, "PostgreSQL ended"
        assert time.monotonic() < end, "PostgreSQL does not come up"
        time.sleep(0.1)
