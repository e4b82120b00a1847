"""Debian's PostgreSQL on loopback, for tests: a cluster in a temporary folder, ended and deleted afterwards."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from ports import free_ports

_READY_S = 240


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


class Postgres:
    """One cluster, which may be ended and started again."""

    def __init__(self, folder, programs, as_whom) -> None:
        (self._port,) = free_ports(1)
        self._folder, self._programs = folder, programs
        self._how = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, **as_whom}
        self.url = f"postgresql://pleura@127.0.0.1:{self._port}/postgres"
        initdb = [programs / "initdb", "-D", folder / "data", "-A", "trust", "-U", "pleura", "-E", "UTF8", "-N"]
        subprocess.run(initdb, check=True, **self._how)

    def start(self):
        options = ["-k", str(self._folder), "-p", str(self._port), "-c", "listen_addresses=127.0.0.1"]
        command = [self._programs / "postgres", "-D", self._folder / "data", *options, "-c", "fsync=off"]
        self._server = subprocess.Popen(command, **self._how)
        _await(self._programs, self._port, self._server)

    def secure(self, certificate, key):
        """Take TLS too from the next start on."""
        with (self._folder / "data" / "postgresql.conf").open("a") as config:
            config.write("ssl = on\n")
        for name, file in (("server.crt", certificate), ("server.key", key)):
            copy = self._folder / "data" / name
            copy.write_bytes(file.read_bytes())
            copy.chmod(0o600)
            if "user" in self._how:
                os.chown(copy, self._how["user"], self._how["group"])

    def stop(self, number=signal.SIGINT):
        """End it: with SIGINT (fast) connections are cut, with SIGQUIT (immediate) as by a crash."""
        self._server.send_signal(number)
        self._server.wait(_READY_S)


@contextmanager
def postgres():
    """A cluster in a folder of its own, started."""
    programs, account = _programs(), _account()
    folder = Path(tempfile.mkdtemp(prefix="pleura-postgres-"))
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    as_whom = {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    try:
        cluster = Postgres(folder, programs, as_whom)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running_postgres():
    """Start a cluster; gives the address of an empty database."""
    with postgres() as cluster:
        yield cluster.url


def _await(programs, port, server):
    end = time.monotonic() + _READY_S
    ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode:
        assert server.poll() is None, "PostgreSQL ended"
        assert time.monotonic() < end, "PostgreSQL does not come up"
        time.sleep(0.1)
