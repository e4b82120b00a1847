"""axe-core over every screen; docs/page.md says how to fetch it."""

import pytest

pytestmark = pytest.mark.long  # starts a browser


@pytest.mark.parametrize("width", [1440, 375])
def test_the_worklist_has_no_serious_barrier(films_page, barriers, width):
    films_page.set_viewport_size({"width": width, "height": 900})
    assert barriers(films_page) == []


@pytest.mark.parametrize("width", [1440, 375])
def test_the_reading_view_has_no_serious_barrier(reading, barriers, width):
    reading.set_viewport_size({"width": width, "height": 900})
    reading.click("summary")
    reading.click("label.choice:has-text('The film without outlines')")
    assert barriers(reading) == []


def test_the_help_has_no_serious_barrier(reading, barriers):
    reading.keyboard.press("?")
    assert barriers(reading) == []


def test_a_film_that_was_read_and_is_corrected_again_has_no_serious_barrier(other, barriers):
    other.fill("#reader", "Ada")
    other.click("#reject")
    other.wait_for_selector(".versions li")
    other.focus(".pane")
    other.keyboard.press("b")
    other.keyboard.press("Space")
    other.wait_for_selector("#save:visible")
    assert barriers(other) == []
    other.once("dialog", lambda dialog: dialog.accept())
    other.click(".headline .back")


def test_a_refused_film_has_no_serious_barrier(films_page, barriers):
    key = films_page.locator("li.job.refused").first.get_attribute("data-id")
    films_page.goto(f"{films_page.url.split('#')[0]}#/film/{key}")
    films_page.wait_for_selector(".nothing h1:text('The picture is damaged')")
    assert barriers(films_page) == []
