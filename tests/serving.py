"""A real service in a process of its own, for tests: started by `pleura serve`, asked over HTTP."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

_START_S, _WAIT_S = 240, 240


class Serving:
    """`pleura serve` on a free port; `start` may be called again after it was killed or ended.

    Without a model it runs as it ships, with the gate and all workers. With one it has no gate, for made-up films are
    no chests, and one worker unless its config says more: each takes seconds to start.
    """

    def __init__(self, folder, model=None, config="", token=None) -> None:
        self.data, self.config, self.token = folder / "data", folder / "serve.toml", token
        self.log = folder / "log.txt"
        folder.mkdir(parents=True, exist_ok=True)
        top = 'format = "pleura.serve/1"\ndata = "data"\nport = 0\n'
        made_up = "" if model is None else f'gate = false\nmodel = "{model}"\n'
        one = "" if model is None or "[workers]" in config else "\n[workers]\ncount = 1\nthreads = 1\n"
        self.config.write_text(top + made_up + config + one, "utf-8")
        self.process = None

    def start(self, *, ready=True):
        """Start it, and wait until it answers; with `ready`, until a worker is warm."""
        with self.log.open("ab") as log:
            begin = self.log.stat().st_size
            command = [sys.executable, "-m", "pleura", "serve", "--config", str(self.config)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        address = until(lambda: self._address(begin), _START_S)
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False)
        if ready:
            until(lambda: self.http.get("/readyz").status_code == 200, _START_S)
        return self

    def _address(self, begin):
        text = self.log.read_bytes()[begin:].decode()
        assert self.process.poll() is None, text
        found = re.search(r"serves at (http\S+)", text)
        return found and found[1]

    def kill(self):
        """As a power cut would: no process of it is told anything."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.http.close()

    def stop(self):
        """As the system does it; gives the exit code."""
        if self.process is None or self.process.poll() is not None:
            return None
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def __enter__(self) -> "Serving":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def send(self, *contents):
        """Send films in one request; gives the answer."""
        return self.http.post("/api/v1/films", files=[("files", ("Doe^Jane.png", content)) for content in contents])

    def take(self, content):
        """Send one film that is taken in; gives its id."""
        answer = self.send(content)
        assert answer.status_code == 202, answer.text
        return answer.json()["jobs"][0]["id"]

    def job(self, name):
        answer = self.http.get(f"/api/v1/jobs/{name}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, name):
        """Wait for the end of a job."""
        return until(lambda: (found := self.job(name))["status"] not in ("waiting", "running") and found, _WAIT_S)

    def worker_pids(self):
        """Processes that read films: children of the service that hold its model."""
        threads = list(Path(f"/proc/{self.process.pid}/task").iterdir())
        assert (threads[0] / "children").exists()
        pids = {int(pid) for thread in threads for pid in _text(thread / "children").split()}
        return [pid for pid in pids if "spawn_main" in _text(Path(f"/proc/{pid}/cmdline"))]


def _text(path):
    """What a file of proc(5) holds; nothing, once its process has ended."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def until(condition, seconds=_WAIT_S):
    """Wait until something holds, and give what it is."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it does not come to that"
        time.sleep(0.02)
    return found
