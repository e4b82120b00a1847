"""The prebuilt OHIF viewer of the npm registry before an Orthanc, on one port of loopback."""

import contextlib
import http.server
import json
import mimetypes
import os
import threading
from pathlib import Path

import pytest
import requests

from orthanc import PASSWORD, USER

VARIABLE = "PLEURA_OHIF"
_CONFIG = {
    "routerBasename": "/",
    "extensions": [],
    "modes": [],
    "showStudyList": True,
    "showWarningMessageForCrossOrigin": False,
    "showCPUFallbackMessage": False,
    "strictZSpacingForVolumeViewport": False,
    "defaultDataSourceName": "dicomweb",
    "dataSources": [
        {
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "dicomweb",
            "configuration": {
                "friendlyName": "test",
                "name": "test",
                "qidoRoot": "/dicom-web",
                "wadoRoot": "/dicom-web",
                "wadoUriRoot": "/dicom-web",
                "qidoSupportsIncludeField": False,
                "imageRendering": "wadors",
                "thumbnailRendering": "wadors",
                "enableStudyLazyLoad": True,
                "bulkDataURI": {"enabled": False},
            },
        }
    ],
}


def ohif_folder():
    """The folder `dist` of @ohif/app; the test is skipped where nobody named one."""
    folder = Path(os.environ.get(VARIABLE, ""))
    if not (folder / "index.html").is_file():
        pytest.skip(f"no viewer: npm pack @ohif/app@3.12.0, unpack it, and name its folder dist in ${VARIABLE}")
    return folder


@contextlib.contextmanager
def ohif(folder, orthanc):
    """Serve the viewer; /dicom-web goes on to Orthanc. The address is yielded."""

    class Pages(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path.startswith("/dicom-web"):
                self._pass_on()
            elif path == "/app-config.js":
                self._send(f"window.config = {json.dumps(_CONFIG)};".encode(), "text/javascript")
            else:
                file = (folder / path.lstrip("/")).resolve()
                page = file if file.is_file() and file.is_relative_to(folder.resolve()) else folder / "index.html"
                self._send(page.read_bytes(), mimetypes.guess_type(page.name)[0] or "application/octet-stream")

        def _pass_on(self) -> None:
            headers = {"Accept": self.headers.get("Accept", "*/*"), "Host": self.headers["Host"]}
            answer = requests.get(orthanc.rest + self.path, headers=headers, auth=(USER, PASSWORD), timeout=60)
            self._send(answer.content, answer.headers.get("Content-Type", ""), answer.status_code)

        def _send(self, content, kind, status=200) -> None:
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Cross-Origin-Opener-Policy", "same-origin")
                self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
