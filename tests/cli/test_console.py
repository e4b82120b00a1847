"""How errors of the file system end a run."""

import errno

import pytest
from cyclopts import App

from pleura.cli.console import EXIT_ERROR, run


def failing(error):
    app = App(name="pleura")

    @app.default
    def fail() -> None:
        raise error

    return app


def test_a_full_disk_is_one_line_also_where_the_system_names_no_file(capsys):
    assert run(failing(OSError(errno.ENOSPC, "No space left on device")), []) == EXIT_ERROR
    told = capsys.readouterr().err
    assert "temporary files" in told
    assert "No space left on device" in told
    assert len(told.splitlines()) == 1


def test_any_other_error_without_a_file_is_a_defect_and_keeps_its_traceback():
    with pytest.raises(OSError, match="odd"):
        run(failing(OSError(errno.EINVAL, "odd")), [])
