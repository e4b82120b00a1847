"""Decoders that really crash, hang or outgrow their memory, and processes that really end."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import uid

import bad_films
import pleura.image.apart
from dicom_maker import compressed, film_values, make_dataset, write
from pleura.core.errors import EngineError, UnreadableImage
from pleura.image import read_film
from pleura.image.apart import _children, decode_apart
from pleura.image.layout import Layout

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are watched through /proc")


def children():
    """The processes that this one started and that still run, or are zombies."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid():
            found.add(int(stat.parent.name))
    return found


def is_decoder(process):
    return b"pleura.image.child" in Path(f"/proc/{process}/cmdline").read_bytes()


def has_gone(process, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def packed(tmp_path):
    dataset = make_dataset(film_values())
    dataset.compress(uid.JPEG2000Lossless, generate_instance_uid=False)
    return write(dataset, tmp_path / "packed.dcm")


@pytest.fixture
def deadly(tmp_path):
    path = tmp_path / "deadly.dcm"
    path.write_bytes(bad_films.deadly())
    return path


def test_a_decoder_that_crashes_costs_its_film_and_no_other(deadly, packed):
    with pytest.raises(UnreadableImage, match=r"deadly\.dcm: it is damaged, its decoder crashes on it") as refusal:
        read_film(deadly)
    assert refusal.value.code == "decode"
    assert refusal.value.remedy
    assert not refusal.value.transient
    np.testing.assert_array_equal(read_film(packed).pixels, film_values() / np.float32(4095))


def test_a_decoder_past_its_deadline_is_ended(packed, monkeypatch):
    read_film(packed)
    before = children()
    with monkeypatch.context() as patch:
        patch.setattr(pleura.image.apart, "DEADLINE_S", 1e-6)
        with pytest.raises(UnreadableImage, match="decoding it takes over") as refusal:
            read_film(packed)
    assert refusal.value.code == "decode"
    assert refusal.value.transient
    assert len(before - children()) == 1
    read_film(packed)


TAKES_MORE_THAN_ITS_ROOM = """
import sys
from pleura.image.child import ROOM, _confine
for samples in (int(sys.argv[1]), None):
    _confine(samples)
    try:
        print(len(bytearray(ROOM + (64 << 20))) > 0)
    except MemoryError:
        print(False)
"""


@pytest.mark.parametrize(("samples", "may"), [(96 * 80, "False"), (3000 * 3000, "True")], ids=["small", "large"])
def test_memory_is_limited_by_the_declared_size_until_the_film_is_done(samples, may):
    command = [sys.executable, "-P", "-c", TAKES_MORE_THAN_ITS_ROOM, str(samples)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [may, "True"]


def test_a_stream_that_outgrows_its_declared_size_is_refused():
    """96 x 80 pixels are declared, and the stream holds 16384 x 16384."""
    frame = cv2.imencode(".jpg", np.zeros((16384, 16384), np.uint8))[1].tobytes()
    content = compressed(make_dataset(film_values(8).astype(np.uint8), 8), frame, uid.JPEGBaseline8Bit).PixelData
    layout = Layout(96, 80, 1, "MONOCHROME2", 8, 8, False, uid.JPEGBaseline8Bit)
    with pytest.raises(UnreadableImage, match="it is damaged"):
        decode_apart({"task": "dicom", "layout": layout.plain()}, content, "film.dcm")


def test_one_process_decodes_film_after_film(packed):
    read_film(packed)
    before = children()
    for _ in range(20):
        read_film(packed)
    assert children() == before


def test_processes_that_are_killed_while_idle_cost_no_film(packed):
    """An earlier pool of threads leaves several: each of them would otherwise cost a film."""
    processes = _children(os.getpid())
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(processes.lent("dicom"))
    killed = {process for process in children() if is_decoder(process)}
    assert len(killed) >= 4
    for process in killed:
        os.kill(process, signal.SIGKILL)
    assert all(has_gone(process) for process in killed)
    read_film(packed)
    # None stays behind as a zombie either.
    assert not children() & killed


def test_a_process_that_is_killed_over_a_film_costs_it_no_more_than_time(packed):
    read_film(packed)
    decoders = [process for process in children() if is_decoder(process)]
    for process in decoders:
        os.kill(process, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as pool:
        film = pool.submit(read_film, packed)
        time.sleep(0.5)
        assert not film.done()
        for process in decoders:
            os.kill(process, signal.SIGKILL)
        np.testing.assert_array_equal(film.result().pixels, film_values() / np.float32(4095))


def test_after_a_process_ended_over_a_film_no_idle_one_is_asked(deadly):
    """Whoever killed one may have killed them all, which is not seen at once: three would be taken for the film's."""
    processes = _children(os.getpid())
    with contextlib.ExitStack() as stack:
        idle = {stack.enter_context(processes.lent("dicom"))._process.pid for _ in range(3)}
    with pytest.raises(UnreadableImage, match="its decoder crashes on it"):
        read_film(deadly)
    assert len(idle & children()) == 2


def test_threads_that_begin_together_leave_no_process_that_nobody_knows(monkeypatch):
    """It would hold its memory for as long as this process lives."""
    begun, ended, here = threading.Event(), threading.Event(), threading.current_thread()

    class Slow(pleura.image.apart._Children):
        def __init__(self) -> None:
            super().__init__()
            if threading.current_thread() is not here:
                begun.set()
                ended.wait(60)

    monkeypatch.setattr(pleura.image.apart, "_Children", Slow)
    monkeypatch.setattr(pleura.image.apart, "_SETS", {})
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(_children, -1)
        assert begun.wait(60)
        mine = _children(-1)
        ended.set()
        assert late.result() is mine is _children(-1)


def test_threads_decode_at_the_same_time_and_get_their_own_films(tmp_path):
    films = {}
    for bits in range(9, 17):
        dataset = make_dataset(film_values(bits), bits)
        dataset.compress(uid.JPEGLSLossless, generate_instance_uid=False)
        films[write(dataset, tmp_path / f"{bits}.dcm")] = film_values(bits) / np.float32((1 << bits) - 1)
    with ThreadPoolExecutor(4) as pool:
        paths = [*films] * 5
        for path, film in zip(paths, pool.map(read_film, paths), strict=True):
            np.testing.assert_array_equal(film.pixels, films[path])


def test_a_fork_decodes_in_a_process_of_its_own(packed):
    expected = read_film(packed).pixels
    forked = os.fork()
    if not forked:
        same = False
        try:
            same = all(np.array_equal(read_film(packed).pixels, expected) for _ in range(5))
        finally:
            os._exit(0 if same else 1)
    for _ in range(5):
        np.testing.assert_array_equal(read_film(packed).pixels, expected)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0


READS_AND_TELLS = """
import sys, time
from pathlib import Path
from pleura.image import read_film
read_film(Path(sys.argv[1]))
from pleura.image.apart import _children
import os
print(_children(os.getpid())._idle[0]._process.pid, flush=True)
"""


@pytest.mark.parametrize("ending", ["", "os.kill(os.getpid(), 9)", "os.fork(); os.kill(os.getpid(), 9)"])
def test_the_process_ends_with_the_one_that_asks(packed, tmp_path, ending):
    # A module beside the films must never be imported.
    (tmp_path / "numpy.py").write_text("raise SystemExit(3)")
    command = [sys.executable, "-P", "-W", "error", "-c", READS_AND_TELLS + ending, str(packed)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert not done.stderr
    assert has_gone(int(done.stdout.split()[0]))


def test_ctrl_c_ends_both(packed):
    # Whoever is started in the background (nohup, CI) inherits that Ctrl-C is ignored.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    endless = heeds + READS_AND_TELLS + "while True: read_film(Path(sys.argv[1]))"
    command = [sys.executable, "-P", "-c", endless, str(packed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        decoding = int(run.stdout.readline())
        run.send_signal(signal.SIGINT)
        try:
            said = run.communicate(timeout=30)[1]
        finally:
            run.kill()
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert has_gone(decoding)


def test_a_process_that_cannot_start_is_no_fault_of_the_film(packed, monkeypatch):
    monkeypatch.setattr(pleura.image.apart, "_children", lambda _: pleura.image.apart._Children())
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(EngineError, match="does not start"):
        read_film(packed)


UNDER_A_LIMIT = """
import resource, sys
from pathlib import Path
from pleura.core.errors import EngineError
from pleura.image import read_film
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    print(read_film(Path(sys.argv[1])).pixels.shape)
except EngineError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("most", "said"),
    [
        pytest.param(500, "finds no room (File too large)", id="content"),
        pytest.param(96 * 80 * 2, "finds no room (File too large)", id="pixels"),
        pytest.param(96 * 80 * 2 + 8, "(96, 80)", id="both_fit"),
    ],
)
def test_a_limit_on_the_size_of_files_is_no_fault_of_the_film(packed, most, said):
    assert 500 < packed.stat().st_size < 96 * 80 * 2
    command = [sys.executable, "-P", "-c", UNDER_A_LIMIT, str(packed), str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert said in done.stdout
