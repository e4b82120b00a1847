"""`pleura pacs check` and `pleura pacs read` on a real PACS."""

import json

import pytest

from models import make_model
from orthanc import Orthanc
from pacs_films import PROTOCOLS, film, write_config
from pleura.cli import build_app
from pleura.cli.console import run
from pleura.core.errors import EngineError
from pleura.predict import Predictor
from ports import free_ports

STUDY = "1.2.840.30.1"


@pytest.fixture(scope="module")
def pacs(tmp_path_factory):
    with Orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        running.send(film(STUDY, 1), film(STUDY, 2, found=False))
        running.send(film("1.2.840.30.2", 1, ViewPosition="LL", StudyDate="20210101"))
        yield running


def config(folder, pacs, protocol):
    make_model(folder / "m.onnx")
    return write_config(folder, pacs, protocol, '[result]\nmodel = "m.onnx"\ngate = false')


def pleura_pacs(*arguments):
    return run(build_app(), ["pacs", *map(str, arguments)])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_check_says_who_answered(protocol, pacs, tmp_path, capsys):
    assert pleura_pacs("check", config(tmp_path, pacs, protocol)) == 0
    said = capsys.readouterr().out
    assert said.startswith("read: ")
    assert "\nwrite: " in said
    assert said.count("answered") == 2


def test_check_of_a_closed_port_ends_with_1(pacs, tmp_path, capsys):
    path = write_config(tmp_path, pacs, "dimse", dimse_port=free_ports(1)[0])
    assert pleura_pacs("check", path) == 1
    assert "[pacs_unreachable]" in capsys.readouterr().err


def test_read_tells_every_film_and_result_and_names_nobody(pacs, tmp_path, capsys):
    path = config(tmp_path, pacs, "dicomweb")
    states = []
    for arguments in (("--dry-run",), (), ()):
        assert pleura_pacs("read", path, "--accession", "ACC-SECRET", "--study", STUDY, "--json", *arguments) == 0
        out, err = capsys.readouterr()
        assert "SECRET" not in out + err
        assert "1 studies, 2 of 2 films read" in err
        told = json.loads(out)
        assert [each["present"] for each in told["films"]] == [True, False]
        states.append({each["state"] for each in told["results"]})
    assert states == [{"not stored"}, {"stored"}, {"there"}]


def test_a_refused_film_ends_with_2_and_is_told_in_words(pacs, tmp_path, capsys):
    assert pleura_pacs("read", config(tmp_path, pacs, "dimse"), "--date", "20210101") == 2
    out = capsys.readouterr().out
    assert "refused [view]: its view position is not frontal" in out
    assert "summary 2.25." in out


def test_no_study_named_is_an_error(pacs, tmp_path, capsys):
    assert pleura_pacs("read", config(tmp_path, pacs, "dimse")) == 1
    assert "Give --study UID, --date or --accession" in capsys.readouterr().err


def test_a_day_without_studies_is_no_error_and_a_named_study_that_is_not_there_is(pacs, tmp_path, capsys):
    path = config(tmp_path, pacs, "dicomweb")
    assert pleura_pacs("read", path, "--date", "19700101") == 0
    assert "0 studies" in capsys.readouterr().err
    assert pleura_pacs("read", path, "--study", "1.2.999") == 1
    assert "no study matches" in capsys.readouterr().err


def test_what_is_open_to_others_is_told(pacs, tmp_path, capsys):
    assert pleura_pacs("check", config(tmp_path, pacs, "dimse")) == 0
    assert "(in clear)" in capsys.readouterr().out


def test_films_that_the_pacs_does_not_give_end_with_1(pacs, tmp_path, capsys):
    path = config(tmp_path, pacs, "dimse")
    # The PACS knows PLEURA at another port: it finds the study, and cannot deliver its film.
    text = path.read_text("utf-8").replace(f"listen_port = {pacs.listen_port}", f"listen_port = {free_ports(1)[0]}")
    path.write_text(text, "utf-8")
    assert pleura_pacs("read", path, "--study", STUDY) == 1
    out, err = capsys.readouterr()
    assert "not given [pacs_answer]: " in out
    assert "1 studies, 0 of 2 films read, 2 films not given by the PACS" in err


def test_a_study_that_fails_costs_itself_only(pacs, tmp_path, capsys, monkeypatch):
    """The network gives no number on one film: the study before it is read, and so is the one after it."""
    path = config(tmp_path, pacs, "dicomweb")
    pacs.send(*(film(f"1.2.840.31.{number}", number, StudyDate="20220202") for number in (1, 2, 3)))
    read, seen = Predictor.read, []

    def sometimes(self, radiograph):
        seen.append(radiograph)
        if len(seen) == 2:
            raise EngineError("the network gives no number", "Look at the film.")
        return read(self, radiograph)

    monkeypatch.setattr(Predictor, "read", sometimes)
    assert pleura_pacs("read", path, "--date", "20220202") == 1
    out, err = capsys.readouterr()
    assert "study 1.2.840.31.2: the network gives no number" in err
    assert "3 studies, 2 of 2 films read, 1 studies failed" in err
    assert "study 1.2.840.31.1" in out
    assert "study 1.2.840.31.3" in out
