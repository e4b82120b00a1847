"""Debian's Orthanc with its DICOMweb plugin on loopback: a real PACS for tests, in a folder of the test."""

import io
import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import requests
from pydicom import dcmread
from pynetdicom import AE

from dicom_maker import as_bytes
from ports import free_ports

PLUGINS = Path("/usr/share/orthanc/plugins")
TITLE = "ORTHANC"
USER, PASSWORD = "reader", "not-a-secret"
_READY_S = 240


def needs_orthanc():
    """The program; the test is skipped where it or its DICOMweb plugin is not installed."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None or not list(PLUGINS.glob("*OrthancDicomWeb*")):
        pytest.skip("no Orthanc with DICOMweb here: apt-get install orthanc orthanc-dicomweb")
    return program


class Orthanc:
    """One Orthanc; `start` and `stop` may be called again and again, what it holds stays.

    It knows the AE title PLEURA, which listens on `listen_port`.
    """

    def __init__(self, folder, **options) -> None:
        self.program, self.folder = needs_orthanc(), folder
        self.http_port, self.dicom_port, self.listen_port = free_ports(3)
        self.web = f"http://127.0.0.1:{self.http_port}/dicom-web"
        self.rest = f"http://127.0.0.1:{self.http_port}"
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "Name": "test",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "Plugins": [str(PLUGINS)],
            "HttpPort": self.http_port,
            "HttpBindAddresses": ["127.0.0.1"],
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: PASSWORD},
            "DicomPort": self.dicom_port,
            "DicomAet": TITLE,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": True,
            "DicomModalities": {"pleura": ["PLEURA", "127.0.0.1", self.listen_port]},
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
            "StableAge": 1,
            **options,
        }
        (folder / "orthanc.json").write_text(json.dumps(config), "utf-8")
        self._process = None

    def __enter__(self) -> "Orthanc":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self):
        log = self.folder / "log"
        with log.open("wb") as file:
            command = [self.program, str(self.folder / "orthanc.json")]
            self._process = subprocess.Popen(command, stdout=file, stderr=file)
        end = time.monotonic() + _READY_S
        # Told by its log: a port that is open may be one of two.
        while "Orthanc has started" not in log.read_text("utf-8"):
            assert self._process.poll() is None, log.read_text("utf-8")[-2000:]
            assert time.monotonic() < end, "Orthanc is not ready"
            time.sleep(0.02)

    def stop(self):
        """Kill it, as a power cut would, and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None

    def send(self, *datasets):
        """Films in by C-STORE."""
        entity = AE(ae_title="MODALITY")
        for dataset in datasets:
            entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
        association = entity.associate("127.0.0.1", self.dicom_port, ae_title=TITLE)
        assert association.is_established
        for dataset in datasets:
            read = dcmread(io.BytesIO(as_bytes(dataset)))
            assert association.send_c_store(read).Status == 0
        association.release()

    def put(self, dataset):
        """A film in by HTTP, where C-STORE would take a certificate."""
        answer = requests.post(f"{self.rest}/instances", data=as_bytes(dataset), auth=(USER, PASSWORD), timeout=30)
        answer.raise_for_status()

    def remove(self, uid):
        """Delete one object for good."""
        (name,) = requests.post(f"{self.rest}/tools/lookup", data=uid, auth=(USER, PASSWORD), timeout=30).json()
        requests.delete(f"{self.rest}{name['Path']}", auth=(USER, PASSWORD), timeout=30).raise_for_status()

    def objects(self, study):
        """SOP Instance UIDs of all that it holds of a study, with their content."""
        held = {}
        for name in self._get("instances").json():
            tags = self._get(f"instances/{name}/simplified-tags").json()
            if tags["StudyInstanceUID"] == study:
                held[tags["SOPInstanceUID"]] = self._get(f"instances/{name}/file").content
        return held

    def _get(self, path):
        answer = requests.get(f"{self.rest}/{path}", auth=(USER, PASSWORD), timeout=30)
        answer.raise_for_status()
        return answer
