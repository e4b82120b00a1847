"""Every answer that says no while films come in, over real HTTP: queue, quota, size, kind, scanner, disk."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile

import pytest

from serving_here import serving_here

PNG = b"\x89PNG\r\n\x1a\n"
SCANNER = f"""#!{sys.executable}
import pathlib, sys, time
content = pathlib.Path(sys.argv[-1]).read_bytes()
time.sleep(600 * (b"slow" in content))
sys.exit(1 if b"EICAR" in content else 7 if b"broken" in content else 0)
"""


def film(*words):
    """A file that is taken for a film at the door."""
    return PNG + " ".join(map(str, words)).encode()


def told(answer):
    return answer.status_code, answer.json()["error"]["code"]


def nothing_is_left(here):
    return not list(here.service.folder.incoming.iterdir())


def token(name, roles):
    return {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "roles": roles}


def test_a_full_queue_takes_nothing_more_until_a_film_has_ended(tmp_path, bright_model):
    with serving_here(tmp_path, bright_model, limits={"queue": 2}) as here:
        assert here.send(film(1), film(2)).status_code == 202
        full = here.send(film(3))
        assert told(full) == (429, "queue_full")
        assert 1 <= int(full.headers["Retry-After"]) <= 60
        assert nothing_is_left(here)
        assert len(list(here.service.folder.films.iterdir())) == 2
        here.end_next()
        assert here.send(film(3)).status_code == 202
        assert told(here.send(film(4), film(5))) == (429, "queue_full")


def test_behind_a_proxy_strangers_are_told_apart_by_what_the_proxy_wrote_itself(tmp_path, bright_model):
    changes = {"proxied": True, "tokens": [token("one", ["read"])], "limits": {"requests_a_minute": 2}}
    with serving_here(tmp_path, bright_model, **changes) as here:

        def ask(*forwarded):
            headers = [("X-Forwarded-For", each) for each in forwarded]
            return here.http.get("/api/v1/jobs", headers=headers).status_code

        # Some proxies write into the sender's line, others add one of their own.
        assert [ask("10.0.0.1, 192.0.2.7"), ask("10.0.0.2", "192.0.2.7"), ask("10.0.0.3", "192.0.2.7")] == [
            401,
            401,
            429,
        ]
        assert ask("10.0.0.3", "192.0.2.8") == 401


def test_the_pages_modules_are_asked_for_again_and_answers_are_not_kept(tmp_path, bright_model):
    with serving_here(tmp_path, bright_model) as here:
        page = here.http.get("/main.js")
        assert page.headers["Cache-Control"] == "no-cache"
        assert here.http.get("/main.js", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304
        assert here.http.get("/api/v1/jobs").headers["Cache-Control"] == "no-store"


@pytest.fixture(scope="module")
def shared(tmp_path_factory, bright_model):
    tokens = [token("one", ["upload", "read"]), token("two", ["upload"])]
    limits = {"caller_films": 2, "caller_mib": 1}
    with serving_here(tmp_path_factory.mktemp("quota"), bright_model, tokens=tokens, limits=limits) as here:
        yield here


def test_a_caller_has_a_quota_of_films_that_wait_and_others_their_own(shared):
    assert shared.send(film(1), film(2), token="one").status_code == 202
    refused = shared.send(film(3), token="one")
    assert told(refused) == (429, "quota")
    assert int(refused.headers["Retry-After"]) > 0
    assert told(shared.send(film(4), film(5), film(6), token="two")) == (429, "quota")
    assert shared.send(film(4), token="two").status_code == 202
    for _ in range(3):
        shared.end_next()
    assert shared.send(film(3), token="one").status_code == 202
    shared.end_next()
    assert nothing_is_left(shared)


def test_a_caller_has_a_quota_of_space_until_its_films_are_deleted(shared):
    large = [film(number, "x" * 600_000) for number in range(2)]
    taken = shared.send(large[0], token="two")
    assert taken.status_code == 202
    assert told(shared.send(large[1], token="two")) == (429, "quota")
    assert shared.send(large[1], token="one").status_code == 202
    for _ in range(2):
        shared.end_next()
    with shared.service.database.writing() as connection:
        name = taken.json()["jobs"][0]["id"]
        connection.exec_driver_sql("UPDATE jobs SET film_kept = 0 WHERE id = ?", (name,))
    third = shared.send(film(3, "x" * 600_000), token="two")
    assert third.status_code == 202
    shared.end_next()


@pytest.fixture(scope="module")
def small(tmp_path_factory, bright_model):
    limits = {"film_mib": 2, "upload_mib": 6, "files": 3}
    with serving_here(tmp_path_factory.mktemp("small"), bright_model, limits=limits) as here:
        yield here


def test_a_request_of_another_kind_is_told_which_is_taken(small):
    assert told(small.http.post("/dicomweb/studies", content=film(1))) == (415, "media_type")


@pytest.mark.parametrize("length", [b"Content-Length: 7000000", b"Transfer-Encoding: chunked"])
def test_a_request_over_the_size_is_cut_off_whether_it_says_so_or_not(small, length):
    def body():
        for _ in range(7):
            yield b"\0" * 1_000_000

    content = b"\0" * 7_000_000 if length.startswith(b"Content") else body()
    assert told(small.http.post("/api/v1/films", content=content)) == (413, "too_large")
    assert nothing_is_left(small)


def test_a_form_of_another_route_has_a_limit_too(small):
    many = b'{"verdict": "' + b"x" * (49 << 20)
    answer = small.http.post("/api/v1/jobs/0/reviews", content=many, headers={"Content-Type": "application/json"})
    assert told(answer) == (413, "too_large")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"verdict": "perhaps"}', b"\xff\xfe"])
def test_a_form_that_does_not_fit_is_told_so(small, content):
    taken = small.send(film("reviewed")).json()["jobs"][0]["id"]
    path, headers = f"/api/v1/jobs/{taken}/reviews", {"Content-Type": "application/json"}
    assert told(small.http.post(path, content=content, headers=headers)) in ((422, "request"), (400, "bad_request"))


def test_space_below_the_least_is_told_before_the_body_and_by_the_readiness(tmp_path, bright_model):
    with serving_here(tmp_path, bright_model, limits={"free_mib": 1 << 40}) as here:
        assert told(here.send(film(1))) == (507, "disk_full")
        ready = here.http.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["space"]) == (503, False)
        assert nothing_is_left(here)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 6 MiB of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_fills_up_while_a_film_comes_is_told_and_nothing_is_left(small_disk, bright_model):
    with serving_here(small_disk / "data", bright_model, limits={"free_mib": 0}) as here:
        free = here.service.folder.free_bytes()
        assert told(here.send(film("x" * (free + 100_000)))) == (507, "disk_full")
        assert nothing_is_left(here)
        assert here.service.folder.free_bytes() >= free - 200_000
        assert here.send(film("small")).status_code == 202


@pytest.fixture(scope="module")
def scanner(tmp_path_factory):
    path = tmp_path_factory.mktemp("scanner") / "scanner"
    path.write_text(SCANNER)
    path.chmod(0o755)
    return [str(path), "--quiet"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, bright_model, scanner):
    with serving_here(tmp_path_factory.mktemp("scan"), bright_model, scan={"command": scanner}) as here:
        yield here


def test_a_film_that_the_scanner_does_not_pass_costs_itself(guarded):
    answer = guarded.send(film("clean"), film("EICAR"))
    assert answer.status_code == 202
    assert [(one["index"], one["code"]) for one in answer.json()["refused"]] == [(1, "unsafe")]
    assert told(guarded.send(film("EICAR", 2))) == (422, "unsafe")
    assert nothing_is_left(guarded)


def test_films_in_a_zip_are_scanned_one_by_one(guarded):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", film("clean", "too"))
        archive.writestr("b.png", film("EICAR", 3))
    answer = guarded.send(packed.getvalue())
    assert (len(answer.json()["jobs"]), [one["code"] for one in answer.json()["refused"]]) == (1, ["unsafe"])


@pytest.mark.parametrize(("word", "timeout_s"), [("broken", 60.0), ("slow", 1.0)])
def test_without_an_answer_of_the_scanner_nothing_is_taken_in(tmp_path, bright_model, scanner, word, timeout_s):
    with serving_here(tmp_path, bright_model, scan={"command": scanner, "timeout_s": timeout_s}) as here:
        assert told(here.send(film("clean", word), film(word))) == (503, "scan")
        assert nothing_is_left(here)
        assert not list(here.service.folder.films.iterdir())


def test_a_scanner_that_is_not_there_lets_nothing_in(tmp_path, bright_model):
    with serving_here(tmp_path, bright_model, scan={"command": [str(tmp_path / "none")]}) as here:
        assert told(here.send(film(1))) == (503, "scan")
