"""A browser that reports every complaint, and a server with real films for it."""

import shutil
from urllib.parse import urlsplit

import numpy as np
import pydicom
import pytest
from still import Desk, serve

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


@pytest.fixture
def desk(read_desk):
    """The same read films for every test, without what another test wrote."""
    kept = {key: {**job, "reviews": list(job["reviews"])} for key, job in read_desk.jobs.items()}
    fresh = Desk(read_desk.predictor, kept, dict(read_desk.pictures))
    return fresh


@pytest.fixture(scope="session")
def films(shared_data, tmp_path_factory):
    """Three real films; the first with a spacing, so that lengths can be told."""
    folder = tmp_path_factory.mktemp("films")
    for name in (OLDER, FOUND, CLEAR):
        file = pydicom.dcmread(shared_data / "dicom" / "stage2" / f"{name}.dcm")
        if name == FOUND:
            file.PixelSpacing = [0.34, 0.34]
        file.save_as(folder / f"{name}.dcm")
    (folder / "none.dcm").write_bytes(b"no film")
    return folder


@pytest.fixture(scope="session")
def read_desk(films):
    from pleura.predict.loading import kept_predictor

    desk = Desk(kept_predictor(None))
    for name in (OLDER, FOUND):
        desk.read(films / f"{name}.dcm", "pseudonym1")
    desk.read(films / f"{CLEAR}.dcm", "pseudonym2")
    desk.read(films / "none.dcm")
    return desk


@pytest.fixture
def address(desk, tmp_path):
    server = serve(desk, tmp_path)
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser, address):
    """A page of 1440 x 900; whatever the browser complains of, and every request elsewhere, fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", accept_downloads=True)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert said == []
    elsewhere = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert elsewhere <= {urlsplit(address).netloc}


@pytest.fixture
def films_page(page, address):
    """The worklist with its films."""
    page.goto(address)
    page.wait_for_selector("li.job.found")
    return page


@pytest.fixture
def reading(films_page):
    """The film with a pneumothorax, open."""
    films_page.click("li.job.found a")
    films_page.wait_for_selector(".desk")
    films_page.wait_for_function("document.querySelector('.pane canvas').width > 300")
    return films_page


@pytest.fixture
def colours(reading):
    """A function that gives the pixels of the film's pane now, (H, W, 3)."""
    import cv2

    def seen(which=0):
        reading.wait_for_timeout(150)
        shot = reading.locator(".pane").nth(which).screenshot()
        return cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)

    return seen
