"""Ways through the page without a mouse: what is dropped, fingers on a tablet, keys alone, without motion."""

import io
import re
import time
import zipfile

import pydicom
import pytest
from browsing import DRAWN, LONGEST_S, opened, until

pytestmark = pytest.mark.long  # starts a browser

TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}


@pytest.fixture
def unseen(films):
    """A function that gives the bytes of a film that the service has not seen."""

    def made(words):
        file = pydicom.dcmread(sorted(films.glob("ID_*.dcm"))[0])
        file.StudyDescription = words
        content = io.BytesIO()
        file.save_as(content)
        return content.getvalue()

    return made


def drop(page, *paths):
    """Drop files and folders of the disc, as the desktop does."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def listed(page, count):
    until(page, f"document.querySelectorAll('li.job').length === {count}")
    until(page, "document.querySelectorAll('li[data-status=waiting], li[data-status=running]').length === 0")


def test_a_folder_that_is_dropped_is_read_with_its_folders(films_page, unseen, tmp_path):
    (tmp_path / "study" / "series").mkdir(parents=True)
    (tmp_path / "study" / "one.dcm").write_bytes(unseen("dropped one"))
    (tmp_path / "study" / "series" / "two").write_bytes(unseen("dropped two"))
    (tmp_path / "study" / ".hidden").write_bytes(b"no film")
    (tmp_path / "study" / "DICOMDIR").write_bytes(b"no film")
    before = films_page.locator("li.job").count()
    drop(films_page, tmp_path / "study")
    listed(films_page, before + 2)
    assert "2 of 2 sent" in films_page.inner_text(".upload")
    assert films_page.locator(".failures li").count() == 0
    assert not films_page.evaluate("document.body.classList.contains('dropping')")


def test_of_a_zip_that_is_dropped_every_film_is_read_and_every_other_entry_said(films_page, unseen, tmp_path):
    with zipfile.ZipFile(tmp_path / "films.zip", "w") as archive:
        archive.writestr("a/one.dcm", unseen("zipped one"))
        archive.writestr("a/letter.txt", "no film")
        archive.writestr("b/two.dcm", unseen("zipped two"))
    before = films_page.locator("li.job").count()
    drop(films_page, tmp_path / "films.zip")
    listed(films_page, before + 2)
    films_page.wait_for_selector(".failures li")
    assert "films.zip [2] This is no film" in films_page.inner_text(".failures")


@pytest.fixture
def tablet(new_page, address):
    """The film with a pneumothorax on the right, on a tablet."""
    page = new_page(address, **TABLET)
    page.goto(address)
    return opened(page, "Pneumothorax, right")


def touches(page, *steps):
    """Fingers on the film's pane: each step holds a point a finger, from the pane's corner."""
    box = page.locator(".pane").bounding_box()
    session = page.context.new_cdp_session(page)
    kind, fingers = "touchStart", 0
    for step in steps:
        points = [{"x": box["x"] + x, "y": box["y"] + y, "id": number} for number, (x, y) in enumerate(step)]
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind if len(points) == fingers else "touchStart", "touchPoints": points},
        )
        kind, fingers = "touchMove", len(points)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, DRAWN)


def tap_until(page, selector, done):
    """Tap again until it took: a browser takes a tap that soon follows a drag for the end of the drag."""
    end = time.monotonic() + LONGEST_S
    while not done():
        assert time.monotonic() < end, selector
        page.tap(selector)


def scale(page):
    """Length of the bar of 5 cm, in pixels of the screen."""
    return float(re.search(r"h([\d.]+)", page.locator(".scale .stroke").get_attribute("d"))[1])


def caliper(page):
    """Where the first caliper begins."""
    told = re.match(r"M(\S+) (\S+)L", page.locator(".caliper .stroke").first.get_attribute("d"))
    return float(told[1]), float(told[2])


def test_two_fingers_zoom_about_the_point_between_them(tablet):
    before = scale(tablet)
    touches(tablet, [(250, 300), (350, 300)], [(225, 300), (375, 300)], [(200, 300), (400, 300)])
    assert scale(tablet) == pytest.approx(2 * before, rel=0.02)


def test_two_fingers_move_the_film(tablet):
    (x, y), before = caliper(tablet), scale(tablet)
    touches(tablet, [(250, 300), (350, 300)], [(250, 320), (350, 320)], [(270, 360), (370, 360)])
    assert caliper(tablet) == (pytest.approx(x + 20, abs=3), pytest.approx(y + 60, abs=3))
    assert scale(tablet) == pytest.approx(before, rel=0.02)


def test_one_finger_windows_and_draws_and_two_never_leave_a_dab(tablet):
    touches(tablet, [(300, 300)], [(300, 340)], [(330, 380)])
    assert tablet.input_value("#preset") == ""
    brush = "button[data-tool=brush]"
    tap_until(tablet, brush, lambda: tablet.get_attribute(brush, "aria-pressed") == "true")
    touches(tablet, [(300, 300)], [(300, 300), (400, 300)], [(290, 300), (410, 300)])
    assert tablet.locator("#save").is_hidden()
    touches(tablet, [(300, 300)], [(330, 330)])
    assert tablet.locator("#save").is_visible()
    tap_until(tablet, "button[aria-label^=Undo]", tablet.locator("#save").is_hidden)


def test_on_a_tablet_all_is_in_reach_and_large_enough(tablet):
    assert tablet.evaluate("document.documentElement.scrollWidth") <= 1024
    small = tablet.evaluate(
        """[...document.querySelectorAll("button, select, input:not([type=range]), summary, .choice")]
          .filter((each) => each.checkVisibility())
          .map((each) => [each.outerHTML.slice(0, 80), (each.closest("label") ?? each).getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []  # WCAG 2.2, 2.5.8


def test_keys_alone_lead_from_the_file_to_the_accepted_film(new_page, address, unseen, tmp_path, ask):
    page = new_page(address, viewport={"width": 1440, "height": 900})
    choosers = []
    page.on("filechooser", lambda chooser: choosers.append(chooser))
    page.goto(address)
    page.wait_for_selector("li.job.found")
    (tmp_path / "keys.dcm").write_bytes(unseen("keys"))
    before = page.locator("li.job").count()
    page.keyboard.press("u")
    page.wait_for_timeout(3000)
    choosers[0].set_files(tmp_path / "keys.dcm")
    listed(page, before + 1)
    page.keyboard.press("o")  # the newest first
    until(page, "document.querySelector('input[name=order]:checked').value === 'newest'")
    page.wait_for_timeout(500)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".desk")
    key = page.url.rsplit("/", 1)[1]
    focused = "document.activeElement.id"
    for wanted, typed in (("reader", "Grace"), ("accept", "")):
        for _ in range(40):
            if page.evaluate(focused) == wanted:
                break
            page.keyboard.press("Tab")
        assert page.evaluate(focused) == wanted
        if typed:
            page.keyboard.press("Control+a")
            page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_selector(".versions li")
    assert ask(f"jobs/{key}")["reviews"][-1]["reader"] == "Grace"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Escape")
    page.wait_for_selector("li.job .badge.accepted")


@pytest.mark.parametrize(("wish", "moves"), [("reduce", "none"), ("no-preference", "rise")])
def test_nothing_moves_where_the_reader_wants_no_motion(new_page, address, wish, moves):
    page = new_page(address, viewport={"width": 1440, "height": 900}, reduced_motion=wish)
    page.goto(address)
    opened(page, "Pneumothorax, left")
    page.evaluate("sessionStorage.removeItem('pleura.reader')")
    page.fill("#reader", "")
    page.click("#accept")
    page.wait_for_selector(".notice.bad")
    assert page.evaluate("getComputedStyle(document.querySelector('.notice')).animationName") == moves
    still = "[...document.querySelectorAll('*')].every((each) => getComputedStyle(each).transitionDuration === '0s')"
    assert page.evaluate(still)
