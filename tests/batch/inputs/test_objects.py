"""Object stores as input of a batch: a real s3fs against moto's server, and fsspec's store in memory."""

import builtins
import itertools
import logging
import pickle
import socket

import boto3
import fsspec
import pytest

from pleura.batch.errors import StoreDenied, StoreError
from pleura.batch.inputs import open_source
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.inputs.objects import ObjectSource
from pleura.batch.inputs.places import Places
from pleura.core.errors import UnreadableImage
from pleura.core.retry import Retry
from pleura.image.read import MOST_BYTES
from s3 import KEY, SECRET, running_s3

QUICK = Retry(attempts=3, first_s=0.001, most_s=0.001)


@pytest.fixture(scope="module")
def s3():
    with running_s3() as server:
        yield server


@pytest.fixture
def bucket(s3, monkeypatch):
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    for key in ("b.png", "a/1.dcm", "a/IM0001", "a/notes.txt", "a/DICOMDIR", ".hidden/x.dcm"):
        s3.put(f"s3://films/in/{key}", key.encode())
    return s3


@pytest.fixture
def memory():
    store = fsspec.filesystem("memory")
    store.pipe({f"/in/{key}": key.encode() for key in ("b.png", "a/1.dcm")})
    yield store
    store.rm("/in", recursive=True)


def test_the_films_below_a_prefix_of_s3_are_listed_and_fetched(bucket):
    source = pickle.loads(pickle.dumps(open_source("s3://films/in")))
    items = list(source.items())
    assert [item.identity for item in items] == ["a/1.dcm", "a/IM0001", "b.png"]
    assert [item.size for item in items] == [7, 8, 5]
    assert len({item.etag for item in items}) == 3
    assert [source.fetch(item) for item in items] == [b"a/1.dcm", b"a/IM0001", b"b.png"]


def test_keys_may_hold_colons_and_the_marks_of_folders_are_no_films(bucket):
    bucket.put("s3://films/odd/case::1.dcm", b"one")
    bucket.put("s3://films/odd/case", b"another")
    client = boto3.client("s3", endpoint_url=bucket.address, aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    for mark in ("odd/", "odd/made/"):
        client.put_object(Bucket="films", Key=mark, Body=b"")
    source = open_source("s3://films/odd")
    assert {item.identity: source.fetch(item) for item in source.items()} == {
        "case": b"another",
        "case::1.dcm": b"one",
    }
    client.close()


@pytest.mark.parametrize("key", ["top//a.dcm", "top/deep//a.dcm"])
def test_a_key_that_no_listing_leads_to_is_told(bucket, key):
    client = boto3.client("s3", endpoint_url=bucket.address, aws_access_key_id=KEY, aws_secret_access_key=SECRET)
    client.put_object(Bucket="films", Key=key, Body=b"x")
    with pytest.raises(BatchInputError, match="two slashes"):
        list(itertools.islice(open_source("s3://films/top")._items(), 10))
    client.delete_object(Bucket="films", Key=key)
    client.close()


def test_lists_and_tables_in_s3_name_films_beside_them_and_elsewhere(bucket):
    bucket.put("s3://other/x/list.txt", b"s3://films/in/b.png\ny.dcm\n")
    bucket.put("s3://other/x/y.dcm", b"y")
    bucket.put("s3://other/x/table.csv", b"film,id\ny.dcm,one\n")
    listed, tabled = open_source("s3://other/x/list.txt"), open_source("s3://other/x/table.csv")
    assert [listed.fetch(item) for item in listed.items()] == [b"b.png", b"y"]
    assert [(item.identity, tabled.fetch(item)) for item in tabled.items()] == [("one", b"y")]


def test_a_film_that_vanishes_is_refused_alone_and_its_mark_changes_when_it_comes_back(bucket):
    source = open_source("s3://films/in")
    first, *rest = source.items()
    bucket.remove(f"s3://films/in/{first.identity}")
    with pytest.raises(UnreadableImage, match="no longer in the store") as raised:
        source.fetch(first)
    assert raised.value.code == "unreadable"
    assert [source.fetch(item) for item in rest]
    bucket.put(f"s3://films/in/{first.identity}", b"another")
    assert next(source.items()).etag != first.etag


def test_neither_a_prefix_nor_a_bucket_that_is_not_there_is_an_empty_input(bucket):
    for url in ("s3://films/absent", "s3://no-such-bucket/in"):
        with pytest.raises(BatchInputError, match="no such prefix"):
            list(open_source(url).items())


def test_a_store_that_does_not_answer_ends_the_run_and_tells_no_credential(bucket, monkeypatch, caplog):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    caplog.set_level(logging.INFO)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    with pytest.raises(StoreError) as raised:
        list(ObjectSource(Places("s3://films/in", QUICK)).items())
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    assert "s3://films/in" in str(raised.value)
    assert not any(secret in str(raised.value) + caplog.text for secret in (KEY, SECRET))


def test_a_driver_that_is_missing_is_named_with_how_to_get_it(monkeypatch):
    found = builtins.__import__

    def absent(name, *more):
        if name.split(".")[0] in ("gcsfs", "adlfs"):
            raise ImportError(name)
        return found(name, *more)

    monkeypatch.setattr(builtins, "__import__", absent)
    for url, driver in (("gs://bucket/in", "gcsfs"), ("az://container/in", "adlfs")):
        with pytest.raises(StoreError, match=f"pip install {driver}"):
            open_source(url)


def test_an_unknown_protocol_and_a_credential_in_a_url_are_refused():
    with pytest.raises(StoreError, match="nonsense is no protocol"):
        open_source("nonsense://bucket/in")
    with pytest.raises(BatchInputError, match="holds a credential") as raised:
        open_source(f"s3://{KEY}:{SECRET}@bucket/in")
    assert SECRET not in str(raised.value)


class _Failing:
    """A store in memory whose reading fails as it is told, first of all."""

    def __init__(self, store, *errors) -> None:
        self._store, self._errors, self.asked = store, list(errors), 0

    def __getattr__(self, name) -> object:
        return getattr(self._store, name)

    def cat_file(self, path):
        self.asked += 1
        if self._errors and (error := self._errors.pop(0)):
            raise error
        return self._store.cat_file(path)


def failing(monkeypatch, store, *errors):
    made = _Failing(store, *errors)
    monkeypatch.setattr("pleura.batch.inputs.places.filesystem", lambda url: (made, url.removeprefix("memory:/")))
    monkeypatch.setattr("pleura.batch.inputs.places._readable", {})
    return made, ObjectSource(Places("memory://in", QUICK, QUICK))


def test_what_fails_for_a_moment_is_asked_again_a_bounded_number_of_times(memory, monkeypatch):
    made, source = failing(monkeypatch, memory, OSError("slow down"), TimeoutError())
    first, second = source.items()
    assert source.fetch(first) == b"a/1.dcm"
    assert made.asked == 3
    made._errors = [OSError(SECRET)] * 9
    with pytest.raises(StoreError, match=r"does not answer \(OSError") as raised:
        source.fetch(second)
    assert made.asked == 6
    assert SECRET not in str(raised.value)


def test_a_film_that_is_kept_from_us_is_refused_only_where_the_store_still_lets_us_in(memory, monkeypatch):
    made, source = failing(monkeypatch, memory, PermissionError())
    first, second = source.items()
    with pytest.raises(StoreDenied):
        source.fetch(first)
    assert source.fetch(first) == b"a/1.dcm"
    made._errors = [PermissionError()]
    with pytest.raises(UnreadableImage, match="does not let us at it"):
        source.fetch(second)
    made._errors = [PermissionError()]
    monkeypatch.setattr(made, "info", lambda _: made._store.info("/absent"), raising=False)
    with pytest.raises(UnreadableImage):
        source.fetch(second)

    def denied(_):
        raise PermissionError

    made._errors = [PermissionError()]
    monkeypatch.setattr(made, "info", denied, raising=False)
    with pytest.raises(StoreDenied):
        source.fetch(second)


def test_films_of_an_http_server_that_is_down_are_not_refused_as_missing():
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody_listens.getsockname()[1]}/a.dcm"
        with pytest.raises(StoreError, match="does not answer"):
            Places("/", QUICK, QUICK).fetch(Item("a", url, None, None))


def test_an_object_that_is_too_large_is_refused_before_it_is_fetched(memory):
    source = open_source("memory://in")
    item = next(source.items())
    with pytest.raises(UnreadableImage) as raised:
        source.fetch(type(item)(item.identity, item.place, MOST_BYTES + 1, None))
    assert raised.value.code == "too_large"
