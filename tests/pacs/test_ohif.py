"""The result of a film in the viewer OHIF: outlined where it was outlined here, right side up, on the right side."""

import io
import shutil

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from dicom_findings import film_of, finding_of, mask_of
from dicom_maker import sample
from ohif import ohif, ohif_folder
from orthanc import Orthanc
from pleura.output.order import DicomChoice, Order
from pleura.output.write import WRITERS

_FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
_TOLERANCE_PX = 5


def box(plane):
    """Top, left, bottom and right of what is set; lone pixels of an edge do not count."""
    clean = cv2.morphologyEx(plane.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero(clean)
    return np.array([rows.min(), columns.min(), rows.max() + 1, columns.max() + 1])


def on_screen(tab):
    """The viewport as it looks, (H, W, 3) float, red first."""
    picture = tab.locator('[data-cy="viewport-pane"]').first.screenshot()
    return cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(float)


def open_outline(tab, address, study):
    """Open a study and load its SEG, as a reader does."""
    tab.goto(f"{address}/viewer?StudyInstanceUIDs={study}")
    outline = tab.locator('[data-series="9101"]')
    outline.wait_for(timeout=60_000)
    tab.wait_for_load_state("networkidle")
    # The tour of a first visit lies over everything.
    tab.add_style_tag(content="[class*=shepherd] { display: none !important }")
    tab.get_by_text("Confirm and hide").click()
    outline.dblclick()
    tab.locator('[data-cy="yes-hydrate-btn"]').click(timeout=60_000)
    tab.locator('[data-cy="yes-hydrate-btn"]').wait_for(state="detached", timeout=60_000)
    tab.wait_for_timeout(3000)


@pytest.mark.long  # starts a browser
def test_ohif_shows_the_outline_where_it_is(tmp_path):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    folder, chromium = ohif_folder(), shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    film = film_of("15-bit computed radiography")
    order = Order(finding_of(film), ("seg", "sr"), DicomChoice(viewer_geometry=True))
    source = dcmread(sample("RG1_UNCR.dcm"))
    with (
        Orthanc(tmp_path / "orthanc") as orthanc,
        ohif(folder, orthanc) as address,
        playwright.sync_playwright() as driver,
    ):
        orthanc.put(source)
        for name in order.formats:
            orthanc.put(dcmread(io.BytesIO(WRITERS[name].encode(order))))
        browser = driver.chromium.launch(executable_path=chromium, args=_FLAGS)
        tab = browser.new_page(viewport={"width": 1400, "height": 900})
        open_outline(tab, address, source.StudyInstanceUID)
        seen = on_screen(tab)
        tab.screenshot(path=tmp_path / "ohif.png")
        browser.close()
    height, width = film.shape
    scale = min(seen.shape[0] / height, seen.shape[1] / width)
    corner = np.array([seen.shape[0] - height * scale, seen.shape[1] - width * scale]) / 2
    mask = mask_of(film.shape)
    # The mask of these tests lies to both sides of the middle, with a hole and a far smaller part on the left.
    sides = {"red": mask[:, : width // 2], "green": mask[:, width // 2 :]}
    red, green, blue = (seen[..., channel] for channel in range(3))
    tinted = {"red": red - np.maximum(green, blue) > 30, "green": green - np.maximum(red, blue) > 30}
    for colour, offset in (("red", 0), ("green", width // 2)):
        wanted = (box(sides[colour]) + [0, offset] * 2) * scale + np.tile(corner, 2)
        assert np.abs(box(tinted[colour]) - wanted).max() <= _TOLERANCE_PX
    middle = (np.array([height * 7 // 24, width * 11 // 60]) * scale + corner).astype(int)
    assert not tinted["red"][tuple(middle)]
