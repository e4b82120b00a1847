"""A film whose reading fails costs itself alone, and nothing of a patient comes out beside its identity."""

import contextlib
import errno
import importlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from batching import Here, kill, planned, read_all, results_in, rows_in, write_films
from dicom_maker import film_values, make_dataset, write
from films import write_square
from models import make_model
from pleura.batch import film
from pleura.batch.film import TRIES
from pleura.batch.inputs import open_source
from pleura.core.errors import EngineError, Refusal, UnreadableImage
from pleura.output.stems import printable
from pleura.predict import Predictor


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(film, "_PAUSE_S", 0.001)


def test_a_network_that_gives_no_numbers_of_one_film_refuses_that_with_its_code(tmp_path, monkeypatch):
    films, read = write_films(tmp_path / "films", 3), Predictor.read

    def reads_no_wide_film(self, film):
        if film.shape[1] > 96:
            raise EngineError("no numbers", "Try another.")
        return read(self, film)

    monkeypatch.setattr(Predictor, "read", reads_no_wide_film)
    read_all(job := planned(films, tmp_path / "out", make_model(tmp_path / "m.onnx").path), Here(job))
    assert [row["status"] for row in rows_in(tmp_path / "out")] == ["read", "engine", "not_an_image"]


def test_networks_that_read_no_film_at_all_end_the_run_and_refuse_none(tmp_path):
    """As those of a GPU that fails: it would refuse films faster than others read them."""
    model = make_model(tmp_path / "nan.onnx", tilt=float("nan")).path
    job = planned(write_films(tmp_path / "films", 3), tmp_path / "out", model)
    with pytest.raises(EngineError, match="read no film any more"):
        read_all(job, Here(job))
    assert not results_in(tmp_path / "out")


@dataclass(frozen=True)
class Hunted:
    """A source beside which something kills the processes that decode, once for each film."""

    source: object

    def items(self):
        return self.source.items()

    def fetch(self, item):
        for process in Path("/proc").glob("[0-9]*"):
            # Others end while we look.
            with contextlib.suppress(OSError):
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid() and b"pleura.image.child" in (process / "cmdline").read_bytes():
                    kill(int(process.name))
                    os.waitid(os.P_PID, int(process.name), os.WEXITED | os.WNOWAIT)
        return self.source.fetch(item)


def test_a_decoder_that_is_killed_beside_a_film_costs_none(tmp_path):
    films, model = tmp_path / "films", make_model(tmp_path / "m.onnx").path
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        write_square(films / name)
    hunted = planned(films, tmp_path / "out", model, Hunted(open_source(str(films))))
    read_all(hunted, Here(hunted))
    read_all(calm := planned(films, tmp_path / "calm", model), Here(calm))
    assert results_in(tmp_path / "out") == results_in(tmp_path / "calm")
    assert [row["status"] for row in rows_in(tmp_path / "out")] == ["read"] * 3


def test_what_fails_for_a_moment_is_done_again():
    failures = iter([MemoryError(), OSError()])

    def work():
        for failure in failures:
            raise failure
        return "done"

    assert film._insist(work) == "done"


def test_a_defect_is_named_by_its_place_and_not_by_its_words(caplog):
    tried = []

    def work():
        tried.append(1)
        # It fails in a library that we call.
        printable(("Doe^Jane",))

    with pytest.raises(film.FilmFailed) as caught:
        film._insist(work)
    assert caught.value.code == "internal"
    assert "TypeError at stems.py:" in caught.value.reason
    assert "Doe" not in str(caught.value) + caplog.text
    assert len(tried) == TRIES


LACKS = {
    "space": OSError(errno.ENOSPC, "full"),
    "size": OSError(errno.EFBIG, "large"),
    "handles": OSError(errno.EMFILE, "many"),
    "decoder": EngineError("no process", "Have one."),
}


@pytest.mark.parametrize("error", LACKS.values(), ids=LACKS)
def test_what_the_machine_lacks_ends_the_run_and_refuses_no_film(error):
    tried = []

    def work():
        tried.append(1)
        raise error

    with pytest.raises(type(error)) as caught:
        film._insist(work, fatal=EngineError)
    assert caught.value is error
    assert len(tried) == TRIES


def test_an_installation_that_went_ends_the_run_and_refuses_no_film():
    with pytest.raises(EngineError, match=r"does not load \(a_part_that_went\)"):
        film._insist(lambda: importlib.import_module("a_part_that_went"))


@dataclass(frozen=True)
class Lacking:
    """A source of a machine that has no file handles left."""

    source: object

    def items(self):
        return self.source.items()

    def fetch(self, item):
        error = OSError(errno.EMFILE, "Too many open files")
        raise UnreadableImage(item.identity, Refusal.UNREADABLE, error.strerror, "Close some.") from error


def test_no_film_is_refused_where_the_machine_can_open_none(tmp_path):
    films = write_films(tmp_path / "films", 3)
    job = planned(films, tmp_path / "out", make_model(tmp_path / "m.onnx").path, Lacking(open_source(str(films))))
    with pytest.raises(OSError, match="Too many open files"):
        read_all(job, Here(job))
    assert not results_in(tmp_path / "out")


def test_no_name_and_no_number_of_a_patient_comes_out(tmp_path):
    (tmp_path / "films").mkdir()
    write(make_dataset(film_values()), tmp_path / "films" / "a.dcm")
    job = planned(tmp_path / "films", tmp_path / "out", make_model(tmp_path / "m.onnx").path)
    read_all(job, Here(job))
    (log,) = (tmp_path / "out").rglob("*.jsonl")
    (line,) = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    assert line["films"] == 1
    assert line["seconds"]["network"] > 0
    texts = [path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()]
    told = b"".join(texts) + repr(rows_in(tmp_path / "out")).encode()
    assert b"Secret" not in told
    assert b"ID-SECRET" not in told
