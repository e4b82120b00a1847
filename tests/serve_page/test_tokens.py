"""The page of a service that wants a token."""

import hashlib

import pytest

from serving import Serving

pytestmark = pytest.mark.long  # starts a service and a browser

TOKEN = "t" * 43


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    row = f'[[tokens]]\nname = "ward"\nsha256 = "{digest}"\nroles = ["upload", "read"]\n'
    with Serving(tmp_path_factory.mktemp("guarded"), None, row, TOKEN) as running:
        yield f"{running.http.base_url}/"


@pytest.fixture
def asked(new_page, guarded):
    """The page as it asks for a token."""
    page = new_page(guarded, viewport={"width": 1024, "height": 768})
    page.goto(guarded)
    page.wait_for_selector("dialog[open] #token")
    return page


def give(page, token):
    """By keys alone: the field has the focus."""
    page.keyboard.type(token)
    page.keyboard.press("Enter")


def test_the_token_is_asked_for_once_and_then_the_list_is_live(asked):
    assert asked.locator("dialog[open]").count() == 1
    assert asked.locator("#token-refused").count() == 0
    give(asked, TOKEN)
    asked.wait_for_selector(".live:not(.lost):has-text('live')")
    assert asked.locator("dialog").count() == 0
    asked.reload()
    asked.wait_for_selector(".live:not(.lost):has-text('live')")
    assert asked.locator("dialog").count() == 0
    assert TOKEN not in asked.url


def test_a_wrong_token_is_said_and_asked_for_again(asked):
    give(asked, "wrong")
    asked.wait_for_selector("dialog[open] #token-refused")
    assert asked.locator("#token").input_value() == ""
    give(asked, TOKEN)
    asked.wait_for_selector(".live:not(.lost):has-text('live')")
    assert asked.locator("dialog").count() == 0


def test_the_question_for_a_token_has_no_serious_barrier(asked, barriers):
    give(asked, "wrong")
    asked.wait_for_selector("dialog[open] #token-refused")
    assert barriers(asked) == []
