"""How errors of the file system end a run, and what closed streams do to it."""

import errno
import json
import subprocess
import sys

import pytest
from cyclopts import App

from films import write_square
from models import make_model
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


@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_ends_no_run_and_leads_into_no_file(tmp_path, closed):
    script = f'"{sys.executable}" -m pleura "$@" {closed}'
    film, model = write_square(tmp_path / "films" / "a.png"), make_model(tmp_path / "m.onnx").path
    asked = ["batch", film.parent, "--out", tmp_path / "out", "--model", model, "--no-gate", "--no-lungs", "--json"]
    done = subprocess.run(["sh", "-c", script, "sh", *map(str, asked)], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "listing" not in done.stdout
    (summary,) = tmp_path.glob("out/run-*/summary.json")
    assert json.loads(summary.read_text("utf-8"))["read"] == 1
