"""Waiting for a page; Playwright's own `wait_for_function` evaluates strings, which the page's CSP forbids."""

import time

LONGEST_S = 60
DRAWN = "!document.querySelector('.pane[data-drawing]')"
"""No pane waits for a frame, or for one with all its pixels."""


def until(page, expression):
    """Wait until a JavaScript expression is true."""
    end = time.monotonic() + LONGEST_S
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)
