"""The worklist, with films on their way."""

import pydicom
import pytest
from browsing import until

pytestmark = pytest.mark.long  # starts a browser


@pytest.fixture
def fresh(films, tmp_path):
    """A film that the service has not seen, for what was seen gets the result that is there."""

    def made(name, number):
        source = sorted(films.glob("ID_*.dcm"))[number % 3]
        file = pydicom.dcmread(source)
        file.StudyDescription = f"{name} {number}"
        file.save_as(tmp_path / f"{name}{number}.dcm")
        return tmp_path / f"{name}{number}.dcm"

    return made


def _titles(page):
    return page.eval_on_selector_all("li.job strong", "all => all.map(each => each.textContent)")


def test_the_most_urgent_stand_first_and_the_refused_say_why(films_page):
    found = [title for title in _titles(films_page) if title.startswith("Pneumothorax")]
    assert found
    refused = films_page.locator("li.job.refused")
    assert refused.locator("strong").first.text_content() == "The picture is damaged"
    assert "Export the film again" in refused.first.text_content()
    assert "966" not in refused.first.text_content()  # no name of a file
    first = films_page.locator("li.job.found").first.text_content()
    assert "Probability 9" in first
    assert "% of the hemithorax" in first
    assert "PA" in first


def test_thumbnails_are_painted(films_page):
    until(
        films_page,
        """(() => { const copy = new OffscreenCanvas(112, 112).getContext("2d", { willReadFrequently: true });
          copy.drawImage(document.querySelector("li.job canvas"), 0, 0);
          const pixels = copy.getImageData(0, 0, 112, 112).data;
          return pixels.filter((value, at) => at % 4 === 0 && value > 60).length > 1000; })()""",
    )


def test_filter_search_and_order(films_page):
    films_page.keyboard.press("5")
    films_page.keyboard.press("6")
    until(films_page, "document.querySelectorAll('li.job:not(.refused)').length === 0")
    films_page.keyboard.press("1")
    films_page.keyboard.press("/")
    films_page.keyboard.type("right")
    until(films_page, "document.querySelectorAll('li.job').length > 0")
    until(films_page, "document.querySelectorAll('li.job:not(.found)').length === 0")
    assert set(_titles(films_page)) == {"Pneumothorax, right"}
    films_page.fill("input[type=search]", "")
    films_page.check("input[name=order][value=newest]")
    films_page.wait_for_selector("li.job.clear")
    assert films_page.locator("input[name=order]:checked").get_attribute("value") == "newest"


def test_the_list_is_walked_and_a_film_opened_by_keys(films_page):
    films_page.keyboard.press("j")
    films_page.keyboard.press("j")
    films_page.keyboard.press("k")
    at = films_page.evaluate("document.activeElement.closest('li.job').dataset.id")
    assert at == films_page.locator("li.job").first.get_attribute("data-id")
    films_page.keyboard.press("Enter")
    films_page.wait_for_selector(".desk")
    assert films_page.url.endswith(at)
    films_page.keyboard.press("n")
    until(films_page, f"!location.hash.endsWith('{at}')")
    films_page.wait_for_selector(".desk")
    films_page.keyboard.press("Escape")
    films_page.wait_for_selector("li.job")


def test_films_that_are_chosen_are_sent_and_appear_live_when_read(films_page, fresh):
    before = films_page.locator("li.job").count()
    films_page.set_input_files("input[type=file]:not([webkitdirectory])", [fresh("sent", 0), fresh("sent", 1)])
    until(films_page, f"document.querySelectorAll('li.job').length === {before + 2}")
    until(films_page, "document.querySelectorAll('li[data-status=waiting], li[data-status=running]').length === 0")
    assert "2 of 2 sent" in films_page.inner_text(".upload")


def test_a_folder_and_what_is_dropped_are_sent_and_what_is_no_film_is_said(films_page, fresh):
    before = films_page.locator("li.job").count()
    content = list(fresh("dropped", 2).read_bytes())
    films_page.evaluate(
        """(content) => {
          const dropped = new DataTransfer();
          dropped.items.add(new File([Uint8Array.from(content)], "film.dcm"));
          dropped.items.add(new File(["no film at all"], "letter.txt"));
          window.dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
        }""",
        content,
    )
    films_page.wait_for_selector(".failures li")
    assert "letter.txt This is no film" in films_page.inner_text(".failures")
    until(films_page, f"document.querySelectorAll('li.job').length === {before + 1}")


def test_a_film_is_deleted_for_good_once_the_reader_is_sure(films_page, fresh):
    films_page.set_input_files("input[type=file]:not([webkitdirectory])", [fresh("deleted", 2)])
    until(films_page, "document.querySelectorAll('li[data-status=waiting], li[data-status=running]').length === 0")
    films_page.check("input[name=order][value=newest]")
    films_page.wait_for_timeout(300)
    row = films_page.locator("li.job").first
    key = row.get_attribute("data-id")
    films_page.once("dialog", lambda dialog: dialog.dismiss())
    row.locator("button").click()
    assert films_page.locator(f"li[data-id='{key}']").count() == 1
    films_page.once("dialog", lambda dialog: dialog.accept())
    row.locator("button").click()
    films_page.wait_for_selector(f"li[data-id='{key}']", state="detached")


@pytest.mark.parametrize("width", [1440, 1024, 768, 375])
def test_nothing_is_cut_off_on_any_screen(films_page, width):
    films_page.set_viewport_size({"width": width, "height": 800})
    wide = "document.documentElement.scrollWidth"
    assert films_page.evaluate(wide) <= width
    films_page.click("li.job.found a")
    films_page.wait_for_selector(".desk")
    assert films_page.evaluate(wide) <= width
    assert films_page.locator(".research").is_visible()
    pane = films_page.locator(".pane").bounding_box()
    assert pane["width"] > 0.4 * width
    assert pane["height"] > 400
