"""Films that an earlier run read are not read again, if they and the model are the same; all others are."""

import os
from dataclasses import dataclass

import pytest

from batching import Faulty, Here, planned, read_all, results_in, rows_in, write_films
from films import write_square
from models import make_model
from pleura.batch.inputs import open_source
from pleura.core.errors import Refusal, UnreadableImage


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


def read(folder, out, model, untouched=()):
    """Read a folder; one of `untouched` that is fetched ends this process."""
    job = planned(folder, out, model, Faulty(open_source(str(folder)), tuple(untouched)), size=4)
    return job, read_all(job, Here(job))


def test_films_that_were_added_are_read_and_no_others(tmp_path, model):
    films, out = write_films(tmp_path / "films", 10), tmp_path / "out"
    read(films, out, model)
    names = sorted(path.name for path in films.iterdir())
    write_square(films / "early.png", (128, 128), (40, 40), 30)
    write_square(films / "film-0003.png", (128, 128), (40, 40), 50)
    names.remove("film-0003.png")
    job, reports = read(films, out, model, untouched=names)
    assert sum(report.reused for report in reports.values()) == 9
    assert sum(report.films for report in reports.values()) == 11
    read(films, tmp_path / "fresh", model)
    ours = {name: content for name, content in results_in(out).items() if name.startswith(job.run)}
    assert ours == results_in(tmp_path / "fresh")


def test_a_film_that_was_written_again_is_read_again(tmp_path, model):
    films, out = write_films(tmp_path / "films", 4), tmp_path / "out"
    read(films, out, model)
    os.utime(films / "film-0001.png", ns=(1, 1))
    _, reports = read(films, out, model)
    assert [report.reused for report in reports.values()] == [3]


@dataclass(frozen=True)
class Locked:
    """A source that lets nobody at one film."""

    source: object
    film: str

    def items(self):
        return self.source.items()

    def fetch(self, item):
        if item.identity == self.film:
            raise UnreadableImage(item.identity, Refusal.UNREADABLE, "Permission denied", "Let us at it.")
        return self.source.fetch(item)


def test_a_film_that_nobody_was_let_at_is_read_once_that_has_passed(tmp_path, model):
    films, out = write_films(tmp_path / "films", 4), tmp_path / "out"
    job = planned(films, out, model, Locked(open_source(str(films)), "film-0001.png"), size=4)
    read_all(job, Here(job))
    assert [row["status"] for row in rows_in(out)] == ["read", "unreadable", "read", "not_an_image"]
    write_square(films / "later.png", (128, 128), (40, 40), 30)
    _, reports = read(films, out, model)
    assert sum(report.reused for report in reports.values()) == 3
    assert sum(report.refused for report in reports.values()) == 1


def test_a_film_that_lies_elsewhere_is_another_though_it_bears_the_same_name_and_time(tmp_path, model):
    out, table = tmp_path / "out", tmp_path / "films.csv"
    for name, size in (("a", 30), ("b", 50)):
        write_square(tmp_path / f"{name}.png", (128, 128), (40, 40), size)
    reports = []
    for name in "ab":
        # As a table tells them, or an archive that was unpacked: equal in size and time.
        table.write_text(f"film,id,size,etag\n{name}.png,one,1000,then\n", encoding="utf-8")
        job = planned(table, out, model)
        reports += read_all(job, Here(job)).values()
    assert [report.reused for report in reports] == [0, 0]
    assert len({row["area_px"] for row in rows_in(out)}) == 2


def test_another_model_takes_nothing_over(tmp_path, model):
    films, out = write_films(tmp_path / "films", 4), tmp_path / "out"
    read(films, out, model)
    other = make_model(tmp_path / "other.onnx", tilt=0.1).path
    _, reports = read(films, out, other)
    assert [report.reused for report in reports.values()] == [0]
    assert len({row["model_sha256"] for row in rows_in(out)}) == 2
