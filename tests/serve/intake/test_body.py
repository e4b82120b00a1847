"""Bodies of requests, as whoever sends them may make them: films are written, all else leaves nothing."""

import asyncio
import resource
import signal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from pleura.serve.config import Limits
from pleura.serve.errors import ServeError
from pleura.serve.folder import DataFolder
from pleura.serve.intake.body import receive

SMALL = Limits(film_mib=1, upload_mib=2, files=5, free_mib=0)
FORM = "multipart/form-data; boundary=b"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = DataFolder(tmp_path_factory.mktemp("around") / "data")
    folder.prepare()
    return folder


def sent(folder, chunks, kind=FORM, limits=SMALL, headers=(), *, breaks_off=False):
    """What `receive` gives for a body that comes in these chunks."""
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.disconnect"} if breaks_off else {"type": "http.request", "body": b""})

    async def next_message():
        return waiting.pop(0)

    raw = [(b"content-type", kind.encode("latin-1")), *headers]
    request = Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, next_message)
    return asyncio.run(receive(request, folder, limits, lambda headers: "film" in headers.get("x", "film")))


def contents(received):
    found = [one.path.read_bytes() for one in received]
    for one in received:
        one.path.unlink()
    return found


def refusal(folder, chunks, **more):
    with pytest.raises(ServeError) as told:
        sent(folder, chunks, **more)
    assert list(folder.incoming.iterdir()) == []
    return told.value.status, told.value.code


def part(content, *headers):
    return b"--b\r\n" + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + content + b"\r\n"


def test_parts_need_no_file_name_and_no_length(folder):
    chunks = [part(b"one", b"Content-Disposition: form-data; name=files"), part(b"two"), b"--b--\r\n"]
    assert contents(sent(folder, chunks)) == [b"one", b"two"]


def test_a_type_that_lies_changes_nothing(folder):
    assert contents(sent(folder, [b"body"], "text/html")) == [b"body"]
    assert contents(sent(folder, [b"body"], "")) == [b"body"]


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(0, 200), max_size=12))
def test_where_chunks_begin_changes_nothing(folder, cuts):
    whole = part(b"\r\n-b no end\r\n--", b"X: film") + part(b"dropped", b"X: no") + part(b"") + b"--b--\r\n"
    places = sorted({0, *(cut % len(whole) for cut in cuts), len(whole)})
    chunks = [whole[begin:end] for begin, end in pairwise(places)]
    assert contents(sent(folder, chunks)) == [b"\r\n-b no end\r\n--", b""]


@pytest.mark.parametrize(
    ("chunks", "more", "answer"),
    [
        pytest.param([part(b"x")] * 6, {}, (413, "too_large"), id="too many films"),
        pytest.param([part(b"", b"X: no")] * 10_000, {}, (413, "too_large"), id="too many other parts"),
        pytest.param([bytes(1 << 20)] * 3, {"kind": ""}, (413, "too_large"), id="too many bytes"),
        pytest.param([], {"headers": [(b"content-length", b"2097153")]}, (413, "too_large"), id="tells its size"),
        pytest.param([], {"headers": [(b"content-length", b"9" * 5000)]}, (413, "too_large"), id="a huge number"),
        pytest.param([part(b"x")], {}, (400, "malformed_request"), id="no end"),
        pytest.param([b"no parts"], {}, (400, "malformed_request"), id="no parts"),
        pytest.param([part(b"x")], {"kind": "multipart/form-data"}, (400, "malformed_request"), id="no boundary"),
        pytest.param([b"--b\r\nX: " + b"a" * 90_000], {}, (400, "malformed_request"), id="a huge header"),
        pytest.param([b"--b\r\n" + b"X: a\r\n" * 900], {}, (400, "malformed_request"), id="many headers"),
        pytest.param([part(b"x"), part(b"y" * 9)[:-4]], {"breaks_off": True}, (400, "broken_off"), id="broken off"),
        pytest.param([b"half"], {"breaks_off": True, "kind": ""}, (400, "broken_off"), id="a raw film broken off"),
    ],
)
def test_an_odd_body_is_refused_and_leaves_nothing(folder, chunks, more, answer):
    assert refusal(folder, chunks, **more) == answer


def test_a_film_over_its_size_is_told_and_the_others_stay(folder):
    large, small = sent(folder, [part(bytes((1 << 20) + 1)), part(b"x"), b"--b--"])
    assert (large.turned.code, small.turned) == ("too_large", None)
    assert len(contents([large, small])[0]) <= 1 << 20


def test_a_body_ends_where_the_space_ends_that_is_kept_free(folder):
    full = Limits(free_mib=(folder.free_bytes() >> 20) + 1)
    assert refusal(folder, [b"x"], kind="", limits=full) == (507, "disk_full")


@pytest.mark.parametrize("kind", ["", FORM])
def test_a_disk_that_cannot_be_written_leaves_nothing(folder, kind):
    # A limit of the process stands for the full disk: like there, writing fails, and closing fails again.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            sent(folder, [part(b"y" * 3000), part(b"x" * 9000), b"--b--"] if kind else [b"x" * 9000], kind)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(folder.incoming.iterdir()) == []
