"""A browser that reports every complaint, and a server with real films for it."""

import json
import os
import shutil
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
from browsing import DRAWN, LONGEST_S, opened, until

from serving import Serving

PAGE = Path(__file__).parents[2] / "src" / "pleura" / "serve" / "page"

# What a machine without a graphics card needs to run WebGL2.
SOFTWARE_GL = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"]
BLANK = '<!doctype html><link rel="icon" href="data:,"><title>blank</title>'
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
    with Serving(tmp_path_factory.mktemp("served")) as running:
        yield f"{running.http.base_url}/"


@pytest.fixture(scope="session")
def address(server, films):
    """The service with its films read."""
    for path in sorted(films.iterdir()):
        request = Request(server + "api/v1/films", path.read_bytes(), {"Content-Type": "application/dicom"})
        with urlopen(request) as answer:
            assert answer.status == 202
    end = time.monotonic() + 300
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


@pytest.fixture(scope="module")
def run(browser, still):
    """A function that runs JavaScript with one of the page's modules: `run("film/view.js", "(m, given) => ...")`."""
    page = browser.new_page()
    page.route("**/blank", lambda route: route.fulfill(content_type="text/html", body=BLANK))
    page.goto(still + "blank")

    def ran(module, code, given=None):
        loaded = f"async (given) => ({code})(await import('{still}{module}'), given)"
        return page.evaluate(loaded, given)

    yield ran
    page.close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *said):
        pass


@pytest.fixture
def new_page(browser):
    """A function that opens a page; whatever its browser complains of, or asks elsewhere, fails the test."""
    contexts = []

    def made(address, **options):
        context = browser.new_context(locale="en-GB", accept_downloads=True, **options)
        page = context.new_page()
        page.set_default_timeout(1000 * LONGEST_S)
        said, asked = [], []
        page.on("console", lambda message: said.append(message.text) if _complains(message) else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        contexts.append((context, urlsplit(address).netloc, said, asked))
        return page

    yield made
    for context, own, said, asked in contexts:
        context.close()
        assert said == []
        elsewhere = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
        assert elsewhere <= {own}


def _complains(message):
    """A refusal over HTTP is no defect of the page, though the browser puts it among the errors."""
    refusals = ("responded with a status of 400", "responded with a status of 401")
    return message.type in ("error", "warning") and not any(each in message.text for each in refusals)


@pytest.fixture
def page(new_page, address):
    """A page of 1440 x 900."""
    return new_page(address, viewport={"width": 1440, "height": 900})


@pytest.fixture
def films_page(page, address):
    """The worklist with its films."""
    page.goto(address)
    page.wait_for_selector("li.job.found")
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


@pytest.fixture(scope="session")
def barriers():
    """A function that gives what axe-core finds serious or critical on a page; docs/page.md says how to fetch it."""
    told = os.environ.get("AXE_CORE", "")
    if not told or not Path(told).is_file():
        pytest.skip("AXE_CORE names no axe.min.js: `npm pack axe-core` brings it (MPL-2.0, not part of this package)")
    axe = Path(told).read_text("utf-8")

    def found(page):
        page.wait_for_timeout(300)
        page.evaluate(axe)
        violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]])
            for each in violations
            if each["impact"] in ("serious", "critical")
        ]

    return found
