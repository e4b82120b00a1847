"""`pleura deidentify`: copies, manifest and exit codes."""

import json

import pytest
from pydicom import dcmread

from dicom_maker import film_values, make_dataset, write
from pleura.cli import build_app
from pleura.cli.console import run


def pleura_deidentify(*arguments: object) -> int:
    return run(build_app("deidentify"), ["deidentify", *map(str, arguments)])


@pytest.fixture
def films(tmp_path):
    folder = tmp_path / "Doe-Secret"
    folder.mkdir()
    for number in range(2):
        dataset = make_dataset(film_values())
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
        write(dataset, folder / f"secret-{number}.dcm")
    return folder


def test_copies_and_a_manifest_are_written_without_identity(tmp_path, films, capsys):
    out = tmp_path / "out"
    assert pleura_deidentify(films, "--out", out) == 0
    names = {path.name for path in out.iterdir()}
    assert len(names) == 3
    manifest = json.loads((out / "manifest.json").read_text())
    assert {film["file"] for film in manifest["films"]} == names - {"manifest.json"}
    assert len({film["patient"] for film in manifest["films"]}) == 1
    assert manifest["refused"] == {}
    for path in out.iterdir():
        assert b"secret" not in path.read_bytes().lower()
        assert "secret" not in path.name.lower()
    assert "look at the film" in capsys.readouterr().out


def test_json_says_nothing_of_the_originals(tmp_path, films, capsys):
    (films / "bad.dcm").write_bytes(b"nothing")
    assert pleura_deidentify(films, "--out", tmp_path / "out", "--json") == 2
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("refused") for line in lines] == ["not_an_image", None, None]
    assert "secret" not in json.dumps(lines).lower()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["refused"] == {"not_an_image": 1}


def test_nothing_is_overwritten(tmp_path, films, capsys):
    assert pleura_deidentify(films, "--out", films) == 1
    assert "not empty" in capsys.readouterr().err
    assert len(list(films.iterdir())) == 2


def test_a_second_film_of_the_same_uid_is_refused(tmp_path, films, capsys):
    (films / "copy.dcm").write_bytes((films / "secret-0.dcm").read_bytes())
    assert pleura_deidentify(films, "--out", tmp_path / "out") == 2
    assert "SOP instance UID" in capsys.readouterr().err
    assert len(list((tmp_path / "out").glob("*.dcm"))) == 2


def test_a_key_gives_the_same_copies_again(tmp_path, films):
    (tmp_path / "key").write_bytes(bytes(range(32)))
    for name in ("one", "two"):
        assert pleura_deidentify(films, "--out", tmp_path / name, "--key", tmp_path / "key") == 0
    one, two = (sorted((tmp_path / name).glob("*.dcm")) for name in ("one", "two"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]
    assert dcmread(one[0]).PatientID == dcmread(one[1]).PatientID


def test_the_help_warns_of_text_in_the_pixels(capsys):
    assert pleura_deidentify("--help") == 0
    assert "text that is burned into the pixels" in " ".join(capsys.readouterr().out.split())
