"""Orthanc as the door: what compose mounts into it hands films on to a real service."""

import json
import shutil
from pathlib import Path

import pytest

from models import make_model
from orthanc import Orthanc, needs_orthanc
from pacs_films import film
from pleura.serve.credentials import token_hash
from serving import Serving, until

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose"
TOKENS = "".join(
    f'[[tokens]]\nname = "{role}"\nsha256 = "{token_hash(role)}"\nroles = ["{role}"]\n' for role in ("upload", "read")
)


@pytest.mark.long
def test_a_film_sent_to_orthanc_is_read_by_the_service(tmp_path, monkeypatch):
    needs_orthanc()
    monkeypatch.setenv("PLEURA_UPLOAD_TOKEN", "upload")
    model = tmp_path / "m.onnx"
    make_model(model)
    with Serving(tmp_path / "serving", model, TOKENS, token="read") as serving:
        # As compose has it but for the service's address: no certificate is made here.
        settings = json.loads((COMPOSE / "orthanc.json").read_text("utf-8"))
        settings["DicomWeb"]["Servers"]["pleura"]["Url"] = f"{serving.http.base_url}/dicomweb/"
        shutil.copy(COMPOSE / "forward.lua", tmp_path / "forward.lua")
        options = {"DicomWeb": settings["DicomWeb"], "LuaScripts": [str(tmp_path / "forward.lua")]}
        with Orthanc(tmp_path / "orthanc", **options) as orthanc:
            orthanc.send(film("1.2.826.0.1.3680043.10.1.7", 1))
            (job,) = until(lambda: serving.http.get("/api/v1/jobs").json()["jobs"])
            assert serving.ended(job["id"])["status"] == "done"
