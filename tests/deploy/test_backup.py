"""A service is backed up while it runs, and stands up again elsewhere with everything that was in it."""

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from sqlalchemy import create_engine, make_url, text

from dicom_maker import as_bytes, film_values, make_dataset
from models import make_model
from postgres import running_postgres
from serving import Serving

SCRIPTS = Path(__file__).parents[2] / "deploy"
ENV = "PLEURA_DATABASE"


def run(script, *arguments):
    command = [SCRIPTS / script, *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def film(seed):
    values = film_values(rows=256, columns=256).copy()
    values[20 + seed : 120 + seed, 30:130] = 4095
    return as_bytes(make_dataset(values))


def corrected():
    mask = np.zeros((256, 256), np.uint8)
    mask[10:20, 30:50] = 255
    content = cv2.imencode(".png", mask)[1].tobytes()
    return {"verdict": "edited", "reader": "reader 1", "mask": base64.b64encode(content).decode()}


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request, monkeypatch):
    """What to do to move on to the second, empty database, and the line of the config file."""
    if request.param == "sqlite":
        if shutil.which("sqlite3") is None:
            pytest.skip("no sqlite3 here: apt-get install sqlite3")
        monkeypatch.delenv(ENV, raising=False)
        yield "", lambda: None
        return
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump here: apt-get install postgresql-client")
    with running_postgres() as url:
        engine = create_engine(make_url(url).set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CREATE DATABASE restored"))
        engine.dispose()
        monkeypatch.setenv(ENV, url)
        yield f'database_env = "{ENV}"\n', lambda: monkeypatch.setenv(ENV, url.replace("/postgres", "/restored"))


@pytest.mark.long
def test_a_running_service_stands_up_again_from_its_backup(tmp_path, databases):
    line, move_on = databases
    model = tmp_path / "m.onnx"
    make_model(model)
    with Serving(tmp_path / "old", model, line) as old:
        done = old.ended(old.take(film(0)))
        assert done["status"] == "done"
        assert old.http.post(f"/api/v1/jobs/{done['id']}/reviews", json=corrected()).status_code == 201
        mask = old.http.get(f"/api/v1/jobs/{done['id']}/mask.png").content
        under_way = [old.take(film(seed)) for seed in (1, 2, 3)]
        saved = run("backup.sh", old.data, tmp_path / "backup")
        assert saved.returncode == 0, saved.stderr
    (tmp_path / "new").mkdir()
    move_on()
    restored = run("restore.sh", tmp_path / "backup", tmp_path / "new" / "data")
    assert restored.returncode == 0, restored.stderr
    with Serving(tmp_path / "new", model, line) as new:
        assert new.job(done["id"])["finding"] == done["finding"]
        assert new.http.get(f"/api/v1/jobs/{done['id']}/mask.png").content == mask
        assert new.take(film(0)) == done["id"]
        assert {new.ended(name)["status"] for name in under_way} == {"done"}
        # Patients keep their pseudonyms: the salt came along.
        assert new.ended(new.take(film(4)))["film"]["patient"] == done["film"]["patient"]
        command = [sys.executable, "-m", "pleura", "audit", "verify", "--config", str(new.config)]
        verified = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert verified.stdout.startswith("sound: "), verified.stdout + verified.stderr


@pytest.fixture
def backup(tmp_path):
    """A backup of a service that held one film; no service is needed to break it."""
    folder = tmp_path / "backup"
    folder.mkdir()
    (folder / "pleura.sqlite").write_bytes(b"rows")
    data = tmp_path / "data"
    data.mkdir()
    (data / "salt").write_bytes(b"salt")
    subprocess.run(["tar", "-cf", folder / "files.tar", "-C", data, "salt"], check=True)
    sums = subprocess.run(
        ["sha256sum", "pleura.sqlite", "files.tar"], cwd=folder, check=True, capture_output=True
    ).stdout
    (folder / "SHA256SUMS").write_bytes(sums)
    return folder


def test_a_sound_backup_is_restored(backup, tmp_path):
    done = run("restore.sh", backup, tmp_path / "new")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "salt").read_bytes() == b"salt"


def test_a_damaged_backup_is_not_restored(backup, tmp_path):
    (backup / "pleura.sqlite").write_bytes(b"rots")
    assert run("restore.sh", backup, tmp_path / "new").returncode != 0
    assert not (tmp_path / "new").exists()


def test_nothing_that_is_there_is_overwritten(backup, tmp_path):
    assert run("restore.sh", backup, tmp_path / "data").returncode != 0
    assert run("backup.sh", tmp_path / "data", backup).returncode != 0
    assert (backup / "pleura.sqlite").read_bytes() == b"rows"


def test_a_folder_that_is_none_of_ours_is_not_backed_up(tmp_path):
    assert run("backup.sh", tmp_path, tmp_path / "backup").returncode == 2
    assert not (tmp_path / "backup").exists()
