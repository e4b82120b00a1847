"""`pleura serve token` and `pleura audit verify`; `pleura serve` itself runs in all of tests/serve."""

import tomllib

import pytest
from sqlalchemy import update

from pleura.cli import build_app
from pleura.cli.console import run
from pleura.serve.config import ServeConfig, changed
from pleura.serve.credentials import token_hash
from pleura.serve.folder import DataFolder
from pleura.serve.state.audit import Deed, log_deed
from pleura.serve.state.database import Database, sqlite_url
from pleura.serve.state.tables import AUDIT


def call(*arguments):
    return run(build_app(arguments[0]), arguments)


def test_a_token_is_shown_once_and_its_config_fits(capsys):
    assert call("serve", "token", "ward-3", "--role", "upload", "--role", "read") == 0
    shown = capsys.readouterr()
    (token,) = shown.out.split()
    rows = tomllib.loads(shown.err)["tokens"]
    assert rows == [{"name": "ward-3", "sha256": token_hash(token), "roles": ["upload", "read"]}]
    assert token not in shown.err
    assert changed(ServeConfig(), {"tokens": rows, "host": "0.0.0.0", "proxied": True}).tokens[0].name == "ward-3"


@pytest.mark.parametrize("wrong", [("a b",), ("ward", "--role", "owner")])
def test_no_token_is_made_that_no_config_takes(wrong, capsys):
    assert call("serve", "token", *wrong) == 1
    assert capsys.readouterr().out == ""


def test_verify_tells_a_sound_log_from_a_forged_one(tmp_path, capsys):
    folder = DataFolder(tmp_path)
    folder.prepare()
    database = Database(sqlite_url(folder.database))
    database.migrate()
    for number in range(3):
        log_deed(database, Deed("someone", "read", f"job{number}", "200"))
    assert call("audit", "verify", "--data", str(tmp_path)) == 0
    assert "sound: 3 lines" in capsys.readouterr().out
    with database.writing() as connection:
        connection.execute(update(AUDIT).where(AUDIT.c.number == 2).values(who="nobody"))
    database.close()
    assert call("audit", "verify", "--data", str(tmp_path)) == 1
    assert "broken at line 2" in capsys.readouterr().out


def test_verify_of_a_folder_without_a_service_says_so(tmp_path, capsys):
    assert call("audit", "verify", "--data", str(tmp_path / "nothing")) == 1
    assert "no database" in capsys.readouterr().err
