import os
import socket
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import pleura.image.messages
from pleura.image.messages import get, get_pixels, open_store, put, put_pixels, receive, send

KINDS = st.sampled_from([np.dtype(name) for name in ("u1", "i1", "<u2", "<i2", ">u2")])
SHAPES = st.one_of(
    st.tuples(st.integers(1, 9), st.integers(1, 9)), st.tuples(st.integers(1, 9), st.just(4), st.just(3))
)


@pytest.fixture(scope="module")
def store():
    number = open_store()
    yield number
    os.close(number)


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@given(pixels=st.tuples(KINDS, SHAPES).flatmap(lambda drawn: hnp.arrays(*drawn)))
def test_pixels_come_out_as_they_went_in(store, pixels):
    found = get_pixels(store, put_pixels(store, pixels), 81)
    np.testing.assert_array_equal(found, pixels)
    assert found.dtype.isnative


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"shape": [2, 2], "kind": "<f4"}, id="floats"),
        pytest.param({"shape": [2, 2], "kind": "|O"}, id="objects"),
        pytest.param({"shape": [2, 2], "kind": ["<u2"]}, id="list_for_a_kind"),
        pytest.param({"shape": [2, -2], "kind": "|u1"}, id="negative"),
        pytest.param({"shape": [2, True], "kind": "|u1"}, id="no_number"),
        pytest.param({"shape": [2, 2, 4], "kind": "|u1"}, id="four_channels"),
        pytest.param({"shape": [10, 11], "kind": "|u1"}, id="too_many"),
        pytest.param({"shape": [10, 10], "kind": "<u2"}, id="more_than_the_store_holds"),
    ],
)
def test_an_answer_without_sound_pixels_is_refused(store, answer):
    put(store, bytes(100))
    with pytest.raises(ValueError, match=r"an answer|the store"):
        get_pixels(store, answer, 100)


def test_the_store_gives_no_bytes_of_an_earlier_film(store):
    put(store, b"a longer film")
    put(store, b"short")
    assert get(store, 5) == b"short"
    with pytest.raises(ValueError, match="too little"):
        get(store, 6)


def test_a_store_gives_much_memory_back(store, monkeypatch):
    monkeypatch.setattr(pleura.image.messages, "MOST_KEPT", 1000)
    put(store, bytes(5000))
    put(store, b"short")
    assert os.fstat(store).st_size < 100
    assert get(store, 5) == b"short"


def test_a_message_arrives_whole_although_it_comes_in_pieces(ends):
    ours, theirs = ends
    message = {"reason": "ä" * 2000, "kind": 3}
    sender = threading.Thread(target=send, args=(theirs, message))
    sender.start()
    assert receive(ours, 10) == message
    sender.join()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        pytest.param(b"\x02\0\0\0[]", ValueError, id="no_object"),
        pytest.param(b"\x02\0\0\0{]", ValueError, id="no_json"),
        pytest.param(b"\xff\xff\xff\xff", ValueError, id="4_gigabytes"),
        pytest.param(b"\x09\0\0\0{", TimeoutError, id="half"),
        pytest.param(b"", TimeoutError, id="silence"),
    ],
)
def test_what_is_no_message_is_an_error(ends, sent, error):
    ours, theirs = ends
    theirs.sendall(sent)
    with pytest.raises(error):
        receive(ours, 0.05)


def test_the_end_of_the_other_side_is_told(ends):
    ours, theirs = ends
    theirs.close()
    with pytest.raises(EOFError):
        receive(ours, 1)
