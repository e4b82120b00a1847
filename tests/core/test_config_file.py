"""Config files: read, or refused without repeating what they hold."""

import traceback

import pytest

from pleura.core.config_file import read_config_file
from pleura.core.errors import PleuraError
from pleura.core.strict import Strict

SECRET = "hunter2"


class Door(Strict):
    """A config of one key."""

    port: int


def refusal(path, reason, remedy):
    return PleuraError("door", f"{path.name}: {reason}", remedy)


def read(path):
    return read_config_file(Door, path, refusal, "See the manual.")


def test_a_file_becomes_what_it_holds(tmp_path):
    path = tmp_path / "door.toml"
    path.write_text("port = 7")
    assert read(path) == Door(port=7)


@pytest.mark.parametrize(
    ("text", "told", "remedy"),
    [
        pytest.param(f"port = {SECRET}", "no TOML", "quotes and brackets", id="no_toml"),
        pytest.param(f'port = "{SECRET}"', "port: ", "See the manual.", id="value"),
        pytest.param(f'port = 7\nword = "{SECRET}"', "word: ", "See the manual.", id="key"),
    ],
)
def test_what_is_wrong_is_told_without_a_value(tmp_path, text, told, remedy):
    path = tmp_path / "door.toml"
    path.write_text(text)
    with pytest.raises(PleuraError, match=told) as caught:
        read(path)
    assert remedy in caught.value.remedy
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PleuraError, match=r"door\.toml: No such file"):
        read(tmp_path / "door.toml")
