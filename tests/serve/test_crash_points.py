"""A film's whole way through the service, killed (SIGKILL) before and after every step that touches the disk."""

import os
import secrets
import shutil
import signal
import sys

import pytest

from pleura.core.files import write_folder
from pleura.serve.config import Limits
from pleura.serve.folder import DataFolder
from pleura.serve.intake.desk import Desk
from pleura.serve.intake.upload import Writing
from pleura.serve.leftovers import sweep
from pleura.serve.state.claims import Outcome, claim_next, finish, release_node
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.job import Status
from pleura.serve.state.listing import Wanted, list_jobs, remove

FILM = b"\x89PNG\r\n\x1a\n" + bytes(5000)
FILES = {"mask.png": b"mask", "sr.dcm": b"report"}
STEPS = frozenset(
    {"open", "write", "close", "fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "execute", "commit"}
)


class Way:
    """One film's way in a data folder; `said` is what the sender has heard by now."""

    def __init__(self, root) -> None:
        self.folder = DataFolder(root)
        self.database = Database(sqlite_url(self.folder.database))
        self.said = root / "said"

    def say(self, word):
        with self.said.open("a") as file:
            file.write(word + "\n")

    def send(self):
        writing = Writing(self.folder.new_incoming(), 0, (1 << 20, 1 << 20))
        writing.write(FILM)
        desk = Desk(self.database, self.folder, Limits(free_mib=0), "model", 1, lambda: None)
        (job,) = desk.admit([writing.end()], "sender").jobs
        self.say(f"accepted {job.id}")

    def read(self):
        claim = claim_next(self.database, "n:1", 60)
        write_folder(self.folder.result(claim.job, claim.token), FILES)
        values = {"urgency": 1.0, "result": claim.token, "files": sorted(FILES)}
        assert finish(self.database, claim, Outcome(Status.DONE, values))
        self.say("done")

    def delete(self):
        for job in self.jobs():
            with self.database.writing() as connection:
                assert remove(connection, job.id, self.folder.forget)

    def jobs(self):
        with self.database.reading() as connection:
            return list_jobs(connection, Wanted()).jobs

    def recover(self):
        """What a service does when it starts, an hour later."""
        self.folder.empty_incoming()
        release_node(self.database, "n")
        for path in self.folder.results.glob("*/.*"):
            os.utime(path, (0, 0))
        sweep(self.database, self.folder)


def killed_after(steps, root):
    """Go the way in a process of its own that is killed at some step; False where it has fewer steps."""
    child = os.fork()
    if child == 0:
        left = steps

        def look(_frame, event, called):
            nonlocal left
            if event in ("c_call", "c_return") and called.__name__ in STEPS:
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            way = Way(root)
            sys.setprofile(look)
            way.send()
            way.read()
            way.delete()
        except BaseException:
            os._exit(2)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def check(root):
    """Nothing is lost and nothing is left, and the way can be gone to its end."""
    way = Way(root)
    way.recover()
    words = way.said.read_text().splitlines() if way.said.exists() else []
    jobs, done = way.jobs(), "done" in words
    assert list(way.folder.incoming.iterdir()) == []
    assert {path.name for path in way.folder.films.iterdir()} <= {job.film_sha256 for job in jobs}
    assert {path.name for path in way.folder.results.iterdir()} <= {job.id for job in jobs}
    if words and not done:
        assert words[0] == f"accepted {jobs[0].id}"
    if not jobs and not done:
        way.send()
    if not done:
        (job,) = way.jobs()
        assert way.folder.film(job.film_sha256).read_bytes() == FILM
        if job.status is Status.WAITING:
            assert not (way.folder.results / job.id).exists() or not list((way.folder.results / job.id).iterdir())
            way.read()
        (job,) = way.jobs()
        assert job.status is Status.DONE
        assert {name: (way.folder.result(job.id, job.result) / name).read_bytes() for name in job.files} == FILES
        assert claim_next(way.database, "n:2", 60) is None
    way.delete()
    assert not [*way.jobs(), *way.folder.films.iterdir(), *way.folder.results.iterdir()]
    way.database.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """The data folder of a service that has not seen a film."""
    root = tmp_path_factory.mktemp("empty") / "data"
    DataFolder(root).prepare()
    database = Database(sqlite_url(root / "pleura.sqlite"))
    database.migrate()
    database.close()
    return root


@pytest.mark.parametrize("stride", [19, pytest.param(1, marks=pytest.mark.long)])
def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing(tmp_path, empty, stride):
    steps = secrets.randbelow(stride)
    while True:
        root = tmp_path / str(steps)
        shutil.copytree(empty, root)
        went_on = killed_after(steps, root)
        check(root)
        shutil.rmtree(root)
        if not went_on:
            break
        steps += stride
    assert steps > 100
