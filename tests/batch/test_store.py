"""Results are written whole, in a folder as in an object store, and no credential is ever shown."""

import os
import uuid

import pytest

from pleura.batch.damage import undamaged
from pleura.batch.errors import BatchError, StoreError
from pleura.batch.store import BRIEF, PATIENT, FolderStore, ObjectStore, asked, open_store, without_credentials
from pleura.core.retry import Retry

ONCE = Retry(attempts=1)


@pytest.fixture(params=["folder", "objects"])
def store(request, tmp_path):
    return FolderStore(tmp_path) if request.param == "folder" else ObjectStore(f"memory://{uuid.uuid4()}", ONCE)


def test_what_is_written_is_listed_and_read(store, tmp_path):
    store.write("a/b/one.bin", b"1")
    store.write("a/b/one.bin", b"11")
    (tmp_path / "file").write_bytes(b"22")
    store.write_file("a/b/two.bin", tmp_path / "file")
    assert store.listed("a/b") == {"one.bin", "two.bin"}
    assert store.listed("a") == {"b"}
    assert store.read("a/b/one.bin") == b"11"
    assert store.look("a/b/two.bin", lambda file: (file.seek(1), file.read())) == (1, b"2")


def test_what_is_not_there_is_not_listed_and_not_read(store):
    assert store.listed("nowhere") == set()
    with pytest.raises(FileNotFoundError):
        store.read("nowhere/file")


def test_a_look_into_an_object_is_taken_again_where_the_store_fails_for_a_moment():
    store = ObjectStore(f"memory://{uuid.uuid4()}", Retry(attempts=3, first_s=0.001, most_s=0.001))
    store.write("file", b"12")
    failures = iter([ConnectionResetError("reset")])

    def into(file):
        for failure in failures:
            raise failure
        return file.read()

    assert store.look("file", into) == b"12"


def test_a_store_that_is_late_has_not_damaged_what_it_holds():
    store = ObjectStore(f"memory://{uuid.uuid4()}", Retry(attempts=3, first_s=0.001, most_s=0.001))
    store.write("file", b"12")
    failures = iter([TimeoutError()])

    def into(file):
        with undamaged("file"):
            for failure in failures:
                raise failure
            return file.read()

    assert store.look("file", into) == b"12"


def test_a_store_that_fails_at_once_is_asked_as_long_as_one_that_is_slow_to_fail():
    usual = sum(PATIENT.pauses(lambda least, most: (least + most) / 2))
    assert usual > PATIENT.deadline_s == 300 > 10 * sum(BRIEF.pauses(lambda least, most: most))


def test_what_is_not_there_is_told_with_its_store():
    def fail():
        raise FileNotFoundError("words of a driver")

    with pytest.raises(FileNotFoundError) as caught:
        asked(fail, "s3://no-such-bucket/out")
    assert caught.value.filename == "s3://no-such-bucket/out"


def test_what_is_found_in_an_object_is_no_failure_of_the_store():
    store = ObjectStore(f"memory://{uuid.uuid4()}", ONCE)
    store.write("file", b"12")

    def into(file):
        raise BatchError("file", "is damaged", "Delete it.")

    with pytest.raises(BatchError, match="is damaged"):
        store.look("file", into)


def test_a_write_that_fails_leaves_nothing(tmp_path):
    store = FolderStore(tmp_path)
    with pytest.raises(TypeError):
        store.write("a/file", "no bytes")
    assert os.listdir(tmp_path / "a") == []


def test_a_file_url_is_a_folder_of_this_machine(tmp_path):
    assert isinstance(open_store("file:" + f"//{tmp_path}"), FolderStore)


@pytest.mark.parametrize(("url", "told"), [("gs://bucket/x", "pip install gcsfs"), ("nope://x", "s3://bucket")])
def test_a_protocol_that_nothing_speaks_names_the_remedy(url, told):
    with pytest.raises(StoreError, match=told):
        open_store(url)


def test_credentials_are_not_shown():
    assert without_credentials("s3://key:secret@bucket/x?token=1") == "s3://bucket/x"
    assert without_credentials("cached::s3://key:secret@bucket/x") == "cached::s3://bucket/x"


def test_a_request_that_fails_tells_its_kind_and_not_its_text():
    def fail():
        raise RuntimeError("signature of key AKID is wrong")

    with pytest.raises(StoreError) as caught:
        asked(fail, "s3://bucket/x")
    assert caught.value.transient
    assert "RuntimeError" in str(caught.value)
    assert "AKID" not in str(caught.value)
