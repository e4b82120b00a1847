"""Pages that ask a network for nothing: whether their HTML is sound, and what a browser says of them on a phone."""

import shutil
from contextlib import contextmanager
from html.parser import HTMLParser

import pytest

VOID = {"meta", "img", "br", "image", "use", "path", "line", "circle", "rect", "polyline", "polygon"}


class Html(HTMLParser):
    """Every element is closed in its turn; `tags`, `ids` and `references` are those of the page, in order."""

    def __init__(self, text) -> None:
        super().__init__()
        self.tags, self.ids, self.references, self._open = [], [], [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.references += [value for name, value in attrs if name in ("href", "src")]
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self._open.pop() == tag


@contextmanager
def browsed(file, scheme):
    """Open a page in a browser as wide as a phone: it fits, and asks for and says nothing until it is closed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no chromium on this machine")
    said, asked = [], []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 375, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        yield page
        browser.close()
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
