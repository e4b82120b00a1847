"""From a reader's correction to a data set that training reads."""

import csv
import stat
import time

import cv2
import numpy as np
import pytest
from sqlalchemy import select, update

from films import square_pixels
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.data.dataset import load_dataset
from pleura.serve.folder import DataFolder
from pleura.serve.reviewed import export_reviewed
from pleura.serve.state.accept import Arrival, accept
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.job import Status
from pleura.serve.state.reviews import add_review
from pleura.serve.state.tables import AUDIT, JOBS

SIDE = 128


def png(values):
    return cv2.imencode(".png", values)[1].tobytes()


def mask(left):
    values = np.zeros((SIDE, SIDE), np.uint8)
    values[20:60, left : left + 30] = 255
    return values


class Service:
    """What a service leaves on disk and in its database; `read` is what a worker would have done with a film."""

    def __init__(self, root) -> None:
        self.folder = DataFolder(root)
        self.folder.prepare()
        self.database = Database(sqlite_url(self.folder.database))
        self.database.migrate()

    def read(self, number, patient):
        film = png((square_pixels((SIDE, SIDE), (8, 16), 20 + 9 * number) * 255).round().astype(np.uint8))
        name, sha256 = f"{number:032}", f"{number:064}"
        self.folder.film(sha256).write_bytes(film)
        accept(self.database, [Arrival(name, sha256)], "model", 100, lambda _: None)
        result = self.folder.result(name, "claim")
        result.mkdir(parents=True)
        (result / "mask.png").write_bytes(png(mask(0)))
        facts = {"view": "PA", "rows": SIDE, "columns": SIDE}
        done = {"status": Status.DONE, "finished": time.time(), "film": facts, "patient": patient, "result": "claim"}
        with self.database.writing() as connection:
            connection.execute(update(JOBS).where(JOBS.c.id == name).values(**done, files=["mask.png"]))
        return name

    def review(self, name, verdict, left=None):
        file = None
        if left is not None:
            file = f"{left}.png"
            self.folder.reviews(name).mkdir(exist_ok=True)
            (self.folder.reviews(name) / file).write_bytes(png(mask(left)))
        assert add_review(self.database, name, verdict, "Dr Canary", file)


@pytest.fixture
def service(tmp_path):
    made = Service(tmp_path / "data")
    yield made
    made.database.close()


def call(*arguments):
    texts = [str(argument) for argument in arguments]
    return run(build_app(texts[0]), texts)


def exported(tmp_path, name):
    return cv2.imread(str(tmp_path / "out" / "masks" / f"{name}.png"), cv2.IMREAD_UNCHANGED)


def test_corrections_become_a_data_set_in_which_no_patient_is_split(service, tmp_path):
    names = [service.read(number, f"patient{number // 2}") for number in range(8)]
    for number, name in enumerate(names):
        service.review(name, "edited", left=number + 40)
    assert call("serve", "export-reviews", "--data", tmp_path / "data", "--out", tmp_path / "out") == 0
    options = ("--side", 64, "--val", 0.5)
    assert call("prepare", "reviewed", tmp_path / "out", "--out", tmp_path / "set", *options) == 0
    dataset = load_dataset(tmp_path / "set")
    assert {case.id for case in dataset.cases} == set(names)
    assert all(case.present for case in dataset.cases)
    splits = {}
    for case in dataset.cases:
        splits.setdefault(case.patient, set()).add(case.split)
    assert set().union(*splits.values()) == {"train", "val"}
    assert all(len(found) == 1 for found in splits.values())


def test_the_newest_verdict_counts_and_the_newest_outline_stands(service, tmp_path):
    edited, accepted, agreed, rejected, unseen = (service.read(number, "p") for number in range(5))
    service.review(edited, "edited", left=40)
    service.review(edited, "edited", left=60)
    service.review(accepted, "accepted")
    service.review(agreed, "edited", left=50)
    service.review(agreed, "accepted")
    service.review(rejected, "edited", left=70)
    service.review(rejected, "rejected")
    assert call("serve", "export-reviews", "--data", tmp_path / "data", "--out", tmp_path / "out") == 0
    assert np.array_equal(exported(tmp_path, edited), mask(60))
    assert np.array_equal(exported(tmp_path, accepted), mask(0))
    assert np.array_equal(exported(tmp_path, agreed), mask(50))
    files = {path.stem for path in (tmp_path / "out" / "films").iterdir()}
    assert files == {edited, accepted, agreed}
    assert not files & {rejected, unseen}


def test_a_film_that_retention_has_deleted_is_counted_and_left_out(service, tmp_path, capsys):
    kept, gone = service.read(0, "p"), service.read(1, "p")
    service.review(kept, "accepted")
    service.review(gone, "accepted")
    service.folder.forget_film(f"{1:064}")
    assert call("serve", "export-reviews", "--data", tmp_path / "data", "--out", tmp_path / "out") == 0
    assert "1 accepted; left out: 0 rejected, 1 deleted" in capsys.readouterr().err
    assert [path.stem for path in (tmp_path / "out" / "masks").iterdir()] == [kept]


def test_no_reader_is_named_and_only_the_owner_may_look(service, tmp_path):
    service.review(service.read(0, "p"), "accepted")
    assert call("serve", "export-reviews", "--data", tmp_path / "data", "--out", tmp_path / "out") == 0
    table = (tmp_path / "out" / "reviewed.csv").read_text("utf-8")
    assert "Canary" not in table
    assert [row["verdict"] for row in csv.DictReader(table.splitlines())] == ["accepted"]
    assert stat.S_IMODE((tmp_path / "out" / "films").stat().st_mode) == 0o700


def test_the_audit_log_says_that_films_went_out(service, tmp_path):
    service.review(service.read(1, "p"), "accepted")
    export_reviewed(service.database, service.folder, tmp_path / "out")
    with service.database.reading() as connection:
        rows = connection.execute(select(AUDIT.c.who, AUDIT.c.what, AUDIT.c.outcome)).all()
    assert [tuple(row) for row in rows] == [("command line", "export reviews", "1 films")]


def test_a_folder_that_is_there_is_left_alone(service, tmp_path):
    (tmp_path / "out").mkdir()
    assert call("serve", "export-reviews", "--data", tmp_path / "data", "--out", tmp_path / "out") == 1
    assert not list((tmp_path / "out").iterdir())
