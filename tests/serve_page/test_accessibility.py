"""axe-core over every screen; docs/page.md says how to fetch it."""

import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.long  # starts a browser

GRAVE = {"serious", "critical"}


@pytest.fixture(scope="session")
def axe():
    told = os.environ.get("AXE_CORE", "")
    if not told or not Path(told).is_file():
        pytest.skip("AXE_CORE names no axe.min.js: `npm pack axe-core` brings it (MPL-2.0, not part of this package)")
    return Path(told).read_text("utf-8")


def _findings(page, axe):
    page.wait_for_timeout(300)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in GRAVE
    ]


@pytest.mark.parametrize("width", [1440, 375])
def test_the_worklist_has_no_serious_barrier(films_page, axe, width):
    films_page.set_viewport_size({"width": width, "height": 900})
    assert _findings(films_page, axe) == []


@pytest.mark.parametrize("width", [1440, 375])
def test_the_reading_view_has_no_serious_barrier(reading, axe, width):
    reading.set_viewport_size({"width": width, "height": 900})
    reading.click("summary")
    reading.click("label.choice:has-text('The film without outlines')")
    assert _findings(reading, axe) == []


def test_the_help_has_no_serious_barrier(reading, axe):
    reading.keyboard.press("?")
    assert _findings(reading, axe) == []
