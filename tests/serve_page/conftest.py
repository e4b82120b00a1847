"""A browser that reports every complaint, and a server with real films for it."""

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import cv2
import numpy as np
import pydicom
import pytest
from browsing import DRAWN, until

PAGE = Path(__file__).parents[2] / "src" / "pleura" / "serve" / "page"

# What a machine without a graphics card needs to run WebGL2.
SOFTWARE_GL = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
FOUND, OLDER, CLEAR = "ID_f646cf921", "ID_ebd127ad0", "ID_ed378cf19"


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=SOFTWARE_GL)
        yield started
        started.close()


@pytest.fixture(scope="session")
def films(shared_data, tmp_path_factory):
    """Three real films, two of one patient; the first with a spacing, so that lengths can be told; and no film."""
    folder = tmp_path_factory.mktemp("films")
    for day, name in enumerate((OLDER, FOUND, CLEAR), start=1):
        file = pydicom.dcmread(shared_data / "dicom" / "stage2" / f"{name}.dcm")
        file.PatientID = "Z" if name == CLEAR else "Y"
        file.AcquisitionDate = file.StudyDate = f"2024030{day}"
        if name == FOUND:
            file.PixelSpacing = [0.34, 0.34]
        file.save_as(folder / f"{name}.dcm")
    spoilt = bytearray((shared_data / "dicom" / "966.dcm").read_bytes())
    (folder / "spoilt.dcm").write_bytes(spoilt)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The service itself, in a process of its own; its address."""
    pytest.importorskip("fastapi", reason="pleura[serve] is not installed")
    folder = tmp_path_factory.mktemp("served")
    command = [sys.executable, "-m", "pleura", "serve", "--data", str(folder / "data"), "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield _address(process, folder / "log")
        finally:
            process.terminate()
            process.wait(30)


def _address(process, log):
    """Wait until the service is ready to read films."""
    end = time.monotonic() + 90
    while time.monotonic() < end and process.poll() is None:
        if told := re.search(r"http://\S+:\d+", log.read_text()):
            try:
                with urlopen(told[0] + "/readyz"):
                    return told[0] + "/"
            except OSError:
                pass
        time.sleep(0.2)
    raise AssertionError(f"the service does not come up: {log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def address(server, films):
    """The service with its films read."""
    for path in sorted(films.iterdir()):
        request = Request(server + "api/v1/films", path.read_bytes(), {"Content-Type": "application/dicom"})
        with urlopen(request) as answer:
            assert answer.status == 202
    end = time.monotonic() + 120
    while any(job["status"] in ("waiting", "running") for job in jobs_of(server)):
        assert time.monotonic() < end
        time.sleep(0.2)
    return server


def jobs_of(address):
    with urlopen(address + "api/v1/jobs") as answer:
        return json.load(answer)["jobs"]


@pytest.fixture
def ask(address):
    """A function that gives what stands at a path of the API: bytes, or JSON where it is that."""

    def asked(path):
        with urlopen(f"{address}api/v1/{path}") as answer:
            content = answer.read()
            return json.loads(content) if answer.headers["Content-Type"].startswith("application/json") else content

    return asked


@pytest.fixture(scope="session")
def still():
    """The page's files alone, without the service; their address."""
    handler = partial(Quiet, directory=PAGE)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


@pytest.fixture
def page(browser, address):
    """A page of 1440 x 900; whatever the browser complains of, and every request elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", accept_downloads=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text) if _complains(message) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert said == []
    elsewhere = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert elsewhere <= {urlsplit(address).netloc}


def _complains(message):
    """A refusal over HTTP is no defect of the page, though the browser puts it among the errors."""
    return message.type in ("error", "warning") and "responded with a status of 400" not in message.text


@pytest.fixture
def films_page(page, address):
    """The worklist with its films."""
    page.goto(address)
    page.wait_for_selector("li.job.found")
    return page


def opened(page, which):
    """Open a film from the list."""
    page.click(f"li.job:has-text('{which}') a")
    page.wait_for_selector(".desk")
    until(page, "document.querySelector('.pane canvas').width > 300")
    return page


@pytest.fixture
def reading(films_page):
    """The film with a pneumothorax on the right, open."""
    return opened(films_page, "Pneumothorax, right")


@pytest.fixture
def other(films_page):
    """The film with one on the left, open: the tests that store something store it here."""
    return opened(films_page, "Pneumothorax, left")


@pytest.fixture
def colours(page):
    """A function that gives the pixels of a film's pane now, (H, W, 3)."""

    def seen(which=0):
        page.wait_for_timeout(150)
        until(page, DRAWN)
        shot = page.locator(".pane").nth(which).screenshot()
        return cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)

    return seen
