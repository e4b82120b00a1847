"""A small server of the page's own tests: real films read by the real predictor, all kept in memory."""

import base64
import json
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

from pleura.core.errors import UnreadableImage
from pleura.image import read_film
from pleura.output.document import document_of

PAGE = Path(__file__).parents[2] / "src" / "pleura" / "serve" / "page"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
KINDS |= {".svg": "image/svg+xml", ".png": "image/png", ".dcm": "application/dicom"}
SAFE = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
START = datetime(2026, 11, 21, 8, tzinfo=UTC)


@dataclass
class Desk:
    """What the server holds: jobs by id and their pictures by (id, name)."""

    predictor: object
    jobs: dict[str, dict] = field(default_factory=dict)
    pictures: dict[tuple[str, str], bytes] = field(default_factory=dict)
    posted: list[dict] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    patients: dict[str, str] = field(default_factory=dict)

    def read(self, path, patient=None):
        number = len(self.jobs)
        job = {
            "id": f"job{number:04d}abcdef",
            "status": "done",
            "received": (START + timedelta(minutes=number)).isoformat(),
            "finished": (START + timedelta(minutes=number, seconds=2)).isoformat(),
            "progress": 1.0,
            "film": None,
            "finding": None,
            "refusal": None,
            "reviews": [],
            "links": {},
        }
        try:
            film = read_film(path)
            finding = self.predictor.read(film)
        except UnreadableImage as error:
            job["refusal"] = {"code": error.refusal.value, "reason": error.reason, "remedy": error.remedy}
            job["status"] = "refused"
        else:
            job["finding"] = document_of(finding)
            job["film"] = {"rows": film.shape[0], "columns": film.shape[1], "view": film.view.value}
            job["film"] |= {"patient": patient, "study": None, "acquired": None}
            names = ("finding", "mask", "overlay", "probability", "film", "thumbnail")
            job["links"] = {name: f"jobs/{job['id']}/{name}" for name in names}
            self._draw(job["id"], film, finding)
        self.jobs[job["id"]] = job
        return job

    def _draw(self, key, film, finding):
        def png(array):
            return cv2.imencode(".png", array)[1].tobytes()

        grey = np.rint(film.pixels * 65535).astype(np.uint16)
        small = cv2.resize(film.pixels, (160, 160 * film.shape[0] // film.shape[1]), interpolation=cv2.INTER_AREA)
        low, high = np.percentile(small, (1, 99))
        self.pictures[key, "film.png"] = png(grey)
        self.pictures[key, "thumbnail.png"] = png(np.uint8(np.clip((small - low) / (high - low), 0, 1) * 255))
        self.pictures[key, "mask.png"] = png(finding.mask.astype(np.uint8) * 255)
        self.pictures[key, "probability.png"] = png(np.uint8(np.rint(finding.probabilities * 255)))
        self.pictures[key, "overlay.png"] = finding.picture(finding)
        self.pictures[key, "finding.json"] = json.dumps(document_of(finding)).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers for one desk."""

    desk: Desk
    protocol_version = "HTTP/1.1"

    def log_message(self, form, *values):
        self.desk.requests.append(self.path)

    def answer(self, content, kind="application/json", status=200, **more):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {**SAFE, **more, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.split("?")[0]
        if not path.startswith("/api/v1/"):
            file = PAGE / (path.lstrip("/") or "index.html")
            return self.answer(file.read_bytes(), KINDS[file.suffix])
        parts = path.removeprefix("/api/v1/").split("/")
        if parts == ["model"]:
            thresholds = {"presence": 0.96, "outline": 0.07}
            return self.answer({"name": "default", "version": "0.1.0", "thresholds": thresholds})
        if parts == ["events"]:
            return self.stream()
        if parts == ["jobs"]:
            return self.answer({"jobs": list(self.desk.jobs.values()), "next": None})
        job = self.desk.jobs[parts[1]]
        if len(parts) == 2:
            return self.answer(job)
        if parts[2] == "priors":
            patient = (job["film"] or {}).get("patient")
            older = [
                each
                for each in self.desk.jobs.values()
                if patient
                and each["film"]
                and each["film"]["patient"] == patient
                and each["received"] < job["received"]
            ]
            return self.answer({"jobs": older})
        content = self.desk.pictures[parts[1], parts[2]]
        return self.answer(content, KINDS[Path(parts[2]).suffix])

    def stream(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b": here\n\n")
        self.close_connection = True
        self.server.over.wait()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/reviews"):
            job = self.desk.jobs[self.path.split("/")[4]]
            told = json.loads(body)
            self.desk.posted.append(told)
            row = {"version": len(job["reviews"]) + 1, "verdict": told["verdict"], "reader": told["reader"]}
            row |= {"at": START.isoformat(), "edited": told["mask"] is not None}
            job["reviews"].append(row)
            if told["mask"]:
                self.desk.pictures[job["id"], "mask.png"] = base64.b64decode(told["mask"])
            return self.answer(row, status=201)
        content = re.split(rb"\r\n\r\n", body, maxsplit=1)[1].rsplit(b"\r\n--", 1)[0]
        path = Path(self.server.folder) / f"up{len(self.desk.jobs)}.dcm"
        path.write_bytes(content)
        return self.answer({"jobs": [self.desk.read(path)], "refused": []}, status=202)

    def do_DELETE(self):
        del self.desk.jobs[self.path.split("/")[4]]
        return self.answer(b"", status=204)


def serve(desk, folder, port=0):
    """Start it; the caller calls `shutdown` of what is returned."""
    server = ThreadingHTTPServer(("127.0.0.1", port), type("DeskHandler", (Handler,), {"desk": desk}))
    server.daemon_threads = True
    server.folder, server.over = folder, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
