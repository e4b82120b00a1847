"""Who holds a connection without using it is let go: heads, bodies and answers, by raw sockets."""

import contextlib
import socket
import time

import httpx
import pytest

from serving import until
from serving_here import serving_here

HEAD_S, IDLE_S = 0.5, 0.7
UPLOAD = b"POST /api/v1/films HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000000\r\n\r\n"
REVIEW = b"POST /api/v1/jobs/0/reviews HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def here(tmp_path_factory, bright_model):
    limits = {"head_s": HEAD_S, "idle_s": IDLE_S, "slowest_kib_s": 64}
    with serving_here(tmp_path_factory.mktemp("slow"), bright_model, limits=limits) as here:
        yield here


@contextlib.contextmanager
def raw(here):
    address = httpx.URL(here.address)
    with socket.create_connection((address.host, address.port), 20) as connection:
        yield connection


def end_of(connection, drip=b"", pause=0.05):
    """What is answered until the other side closes, and after how many seconds; meanwhile a drip is sent."""
    begun, answer = time.monotonic(), b""
    connection.settimeout(pause)
    while time.monotonic() - begun < 15:
        try:
            piece = connection.recv(1 << 16)
            answer += piece
            if not piece:
                return answer, time.monotonic() - begun
        except TimeoutError:
            with contextlib.suppress(OSError):
                connection.sendall(drip)
        except OSError:
            return answer, time.monotonic() - begun
    raise AssertionError("the connection is still open")


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n", b""),
        (b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"X: y\r\n"),
        (b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /livez", b"z"),
    ],
    ids=["nothing", "half a head", "a head that drips", "a second head that drips"],
)
def test_a_head_that_does_not_end_is_cut_off(here, first, drip):
    with raw(here) as connection:
        connection.sendall(first)
        _, seconds = end_of(connection, drip)
    assert HEAD_S / 2 < seconds < 10


@pytest.mark.parametrize(
    ("head", "drip"),
    [
        (UPLOAD, b""),
        (UPLOAD, b"x" * 100),
        (REVIEW + b"Content-Length: 1000000\r\n\r\n", b" "),
        (REVIEW + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["an upload that stops", "an upload that drips", "a form that drips", "chunks that drip"],
)
def test_a_body_that_comes_too_slowly_is_answered_by_408_and_leaves_nothing(here, head, drip):
    with raw(here) as connection:
        connection.sendall(head)
        answer, seconds = end_of(connection, drip)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"idle"' in answer
    assert IDLE_S / 2 < seconds < 10
    assert not list(here.service.folder.incoming.iterdir())


def test_a_body_may_take_its_time_at_the_rate_that_is_allowed(tmp_path, bright_model):
    """All of it takes longer than nothing may come, which is long enough for a machine that stands still a while."""
    idle_s = 2.5

    def body():
        yield b"\x89PNG\r\n\x1a\n"
        begun = time.monotonic()
        while time.monotonic() - begun < 1.1 * idle_s:
            time.sleep(0.1)
            yield b"x" * 16384

    with serving_here(tmp_path, bright_model, limits={"idle_s": idle_s, "slowest_kib_s": 16}) as here:
        assert here.http.post("/api/v1/films", content=body()).status_code == 202


def test_who_takes_nothing_of_an_answer_is_let_go(here):
    job = here.http.post("/api/v1/films", content=b"\x89PNG\r\n\x1a\n large").json()["jobs"][0]["id"]
    here.end_next()
    with here.service.database.writing() as connection:
        connection.exec_driver_sql("UPDATE jobs SET film = '{\"window\": [1, 2]}' WHERE id = ?", (job,))
    picture = here.service.folder.picture(job)
    picture.parent.mkdir(exist_ok=True)
    with picture.open("wb") as file:
        file.truncate(64 << 20)
    connections = here.server.server_state.connections
    before = set(connections)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        address = httpx.URL(here.address)
        connection.connect((address.host, address.port))
        connection.sendall(f"GET /api/v1/jobs/{job}/film.png HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        until(lambda: connections - before)
        until(lambda: not connections - before)
        connection.settimeout(60)
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while piece := connection.recv(1 << 20):
                received += len(piece)
        assert received < 64 << 20


def is_closed(connection):
    """Whether the other side has let go of it."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True


def test_connections_beyond_the_limit_are_closed_and_those_before_are_served(tmp_path, bright_model):
    with serving_here(tmp_path, bright_model, limits={"connections": 20}) as here, contextlib.ExitStack() as stack:
        assert here.http.get("/livez").status_code == 200
        crowd = [stack.enter_context(raw(here)) for _ in range(40)]
        until(lambda: sum(map(is_closed, crowd)) >= 20)
        assert here.http.get("/livez").status_code == 200
        assert not is_closed(crowd[0])


def test_fifty_who_drip_do_not_hold_up_others(tmp_path, bright_model):
    """Slow loris: what a request takes beside them is measured in benchmarks/load; here it is answered at all."""
    with (
        serving_here(tmp_path, bright_model, limits={"head_s": 20, "idle_s": 20}) as here,
        contextlib.ExitStack() as s,
    ):
        crowd = [s.enter_context(raw(here)) for _ in range(50)]
        for connection in crowd:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX:")
        for number in range(20):
            crowd[number].sendall(b" y")
            assert here.http.get("/api/v1/jobs").status_code == 200
