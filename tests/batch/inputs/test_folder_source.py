"""A folder as input of a batch."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from pleura.batch.errors import StoreError
from pleura.batch.inputs import open_source
from pleura.core.errors import UnreadableImage


@pytest.fixture
def folder(tmp_path):
    for name in ("b/2.png", "b.png", "a/1.dcm", "a/deep/3.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "notes.txt").write_text("no film")
    return tmp_path


def test_films_are_named_by_their_path_in_the_folder_and_sorted(folder):
    items = list(open_source(str(folder)).items())
    assert [item.identity for item in items] == ["a/1.dcm", "a/deep/3.jpg", "b.png", "b/2.png"]
    assert [item.size for item in items] == [len(item.identity) for item in items]


def test_a_film_is_fetched_in_another_process_and_another_folder(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder.parent)
    source = open_source(folder.name)
    travelled = pickle.loads(pickle.dumps(source))
    monkeypatch.chdir("/")
    assert [travelled.fetch(item) for item in source.items()] == [item.identity.encode() for item in source.items()]


def test_nothing_of_the_machine_is_in_the_items(folder):
    assert not any(str(folder) in repr(item) for item in open_source(str(folder)).items())


def test_the_mark_of_a_film_changes_with_its_content(folder):
    before = {item.identity: item.etag for item in open_source(str(folder)).items()}
    os.utime(folder / "b.png", ns=(1, 1))
    after = {item.identity: item.etag for item in open_source(str(folder)).items()}
    assert {name for name in before if before[name] != after[name]} == {"b.png"}


def test_a_film_that_vanished_is_refused_alone(folder):
    source = open_source(str(folder))
    first, *rest = source.items()
    Path(folder, first.place).unlink()
    with pytest.raises(UnreadableImage) as raised:
        source.fetch(first)
    assert raised.value.code == "unreadable"
    assert [source.fetch(item) for item in rest]


def test_a_film_whose_name_is_no_utf8_is_refused_alone(folder):
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.png")).write_bytes(b"x")
    source = open_source(str(folder))
    odd, *rest = source.items()
    assert odd.identity == r"\xff.png"
    with pytest.raises(UnreadableImage, match="no UTF-8") as raised:
        source.fetch(odd)
    assert raised.value.code == "unreadable"
    assert [source.fetch(item) for item in rest] == [item.identity.encode() for item in rest]


def test_a_film_has_one_name_whatever_the_locale_and_is_fetched_by_it(folder):
    (folder / "ü.png").write_bytes(b"x")
    script = (
        "import sys; from pleura.batch.inputs import open_source; source = open_source(sys.argv[1]);"
        "print({item.identity: source.fetch(item) for item in source.items()} == eval(sys.argv[2]))"
    )
    there = open_source(str(folder))
    known = ascii({item.identity: there.fetch(item) for item in there.items()})
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    told = subprocess.run(
        [sys.executable, "-c", script, folder, known], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout == "True\n"


@pytest.mark.parametrize("left", ["nothing", "the empty folder of its mount"])
def test_films_are_not_refused_one_by_one_where_the_folder_went(folder, tmp_path_factory, left):
    source = open_source(str(folder))
    first, *_ = source.items()
    folder.rename(tmp_path_factory.mktemp("away") / "films")
    if left != "nothing":
        folder.mkdir()
    with pytest.raises(StoreError, match="Mount it"):
        source.fetch(first)
