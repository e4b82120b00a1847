"""Debian's Orthanc with its DICOMweb plugin on loopback: a real PACS for tests, in a folder of the test."""

import contextlib
import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests
from pynetdicom import AE

PLUGINS = Path("/usr/share/orthanc/plugins")
TITLE = "ORTHANC"
USER, PASSWORD = "reader", "not-a-secret"
_READY_S = 20


def needs_orthanc():
    """The program; the test is skipped where it or its DICOMweb plugin is not installed."""
    program = shutil.which("Orthanc", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None or not list(PLUGINS.glob("*OrthancDicomWeb*")):
        pytest.skip("no Orthanc with DICOMweb here: apt-get install orthanc orthanc-dicomweb")
    return program


def free_ports(count):
    """Ports on loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


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
        with (self.folder / "log").open("ab") as log:
            command = [self.program, str(self.folder / "orthanc.json")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + _READY_S
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.dicom_port), 1):
                return
            assert self._process.poll() is None, (self.folder / "log").read_text("utf-8")[-2000:]
            time.sleep(0.02)
        pytest.fail("Orthanc is not ready")

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
            assert association.send_c_store(dataset).Status == 0
        association.release()

    def objects(self):
        """SOP Instance UIDs of all it holds, with their content."""
        held = {}
        for name in self._get("instances").json():
            uid = self._get(f"instances/{name}/simplified-tags").json()["SOPInstanceUID"]
            held[uid] = self._get(f"instances/{name}/file").content
        return held

    def _get(self, path):
        answer = requests.get(f"{self.rest}/{path}", auth=(USER, PASSWORD), timeout=30)
        answer.raise_for_status()
        return answer
