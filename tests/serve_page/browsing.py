"""Waiting for a page; Playwright's own `wait_for_function` evaluates strings, which the page's CSP forbids."""

import time

LONGEST_S = 180
DRAWN = "!document.querySelector('.pane[data-drawing]')"
"""No pane waits for a frame, or for one with all its pixels."""


def until(page, expression):
    """Wait until a JavaScript expression is true."""
    end = time.monotonic() + LONGEST_S
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def opened(page, which):
    """Open a film from the list."""
    page.click(f"li.job:has-text('{which}') a")
    page.wait_for_selector(".desk")
    until(page, "document.querySelector('.pane canvas').width > 300")
    return page
