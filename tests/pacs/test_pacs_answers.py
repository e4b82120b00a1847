"""Servers that answer otherwise than Orthanc does: each answer is told as what it is, and names no patient."""

import contextlib
import http.server
import json
import threading

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.presentation import build_context

from dicom_maker import as_bytes
from pacs_films import config_of, film
from pleura.core.retry import Retry
from pleura.pacs import PacsError, StudyQuery, open_link
from pleura.pacs.archive import ObjectKey
from pleura.pacs.dimse import DimseArchive
from ports import free_ports

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("lost_sockets"),
]
SENT = film("1.2.840.70.1", 1)
KEY = ObjectKey(SENT.StudyInstanceUID, SENT.SeriesInstanceUID, SENT.SOPInstanceUID, SENT.SOPClassUID)
DAY = StudyQuery(date="20200102")
FIND = "1.2.840.10008.5.1.4.1.2.2.1"
SECRET = json.dumps([{"00100010": {"vr": "PN", "Value": [{"Alphabetic": "SECRET^NAME"}]}}])
ASKS = {
    "check": lambda link: link.source.check(),
    "studies": lambda link: link.source.studies(StudyQuery(accession="ACC-SECRET")),
    "films": lambda link: link.source.films(KEY.study, ("CR",)),
    "fetch": lambda link: link.source.fetch(KEY),
    "holds": lambda link: link.target.holds(KEY),
    "store": lambda link: link.target.store(as_bytes(SENT)),
}


@contextlib.contextmanager
def web(folder, orthanc, get=(200, "[]"), post=(200, ""), **headers):
    """A link to an HTTP server that gives every GET and every POST one answer."""

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(*get)

        def do_POST(self) -> None:
            while int(self.rfile.readline() or b"0", 16) if self.headers.get("Transfer-Encoding") else False:
                pass
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.answer(*post)

        def answer(self, status, body):
            self.send_response(status)
            for name, value in {"Content-Type": "application/dicom+json", **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        config = config_of(folder, orthanc, "dicomweb", web_url=f"http://127.0.0.1:{server.server_port}/d")
        try:
            with open_link(config.model_copy(update={"retry": Retry(attempts=1)})) as link:
                yield link
        finally:
            server.shutdown()
            thread.join()


def failure(link, ask):
    with pytest.raises(PacsError) as caught:
        ASKS[ask](link)
    assert "SECRET" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("ask", ["studies", "store"])
def test_a_redirect_is_not_followed(ask, orthanc, tmp_path):
    """A redirected POST would come back as a GET that went well, with nothing stored."""
    with web(tmp_path, orthanc, (302, ""), (302, ""), Location="/elsewhere") as link:
        error = failure(link, ask)
    assert (error.code, "a redirect" in str(error)) == ("pacs_answer", True)


def test_what_is_taken_without_a_word_and_is_not_there_is_not_stored(orthanc, tmp_path):
    with web(tmp_path, orthanc) as link:
        error = failure(link, "store")
    assert (error.code, error.transient) == ("pacs_busy", True)


def test_what_is_taken_without_a_word_and_is_there_is_stored(orthanc, tmp_path):
    found = json.dumps([{"00080018": {"vr": "UI", "Value": [KEY.uid]}}])
    with web(tmp_path, orthanc, (200, found)) as link:
        link.target.store(as_bytes(SENT))


def test_a_failure_inside_a_good_answer_is_told(orthanc, tmp_path):
    failed = json.dumps({"00081198": {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [43264]}}]}})
    with web(tmp_path, orthanc, post=(200, failed)) as link:
        assert "reason 43264" in str(failure(link, "store"))


def test_a_server_that_ignores_the_query_brings_no_other_study(orthanc, tmp_path):
    others = json.dumps([{"0020000D": {"vr": "UI", "Value": ["1.2.3"]}, "00080050": {"vr": "SH", "Value": ["B"]}}])
    with web(tmp_path, orthanc, (200, others)) as link:
        assert link.source.studies(StudyQuery(accession="A")) == []
        assert link.source.studies(StudyQuery(uid="1.2.4")) == []


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("status", [400, 401, 404, 409, 500, 503])
def test_no_error_repeats_what_a_server_says_of_a_patient(status, ask, orthanc, tmp_path):
    with web(tmp_path, orthanc, (status, SECRET), (status, SECRET)) as link:
        failure(link, ask)


@pytest.mark.parametrize("body", ["<html>SECRET</html>", '{"SECRET": 1}', "[1]", '["SECRET"]'])
@pytest.mark.parametrize("ask", ["studies", "films", "holds"])
def test_what_is_no_dicom_json_is_told_and_not_repeated(ask, body, orthanc, tmp_path):
    with web(tmp_path, orthanc, (200, body)) as link:
        assert failure(link, ask).code == "pacs_answer"


@contextlib.contextmanager
def entity(folder, orthanc, *kinds, handlers=()):
    """A link to an application entity that offers these services."""
    (port,) = free_ports(1)
    pacs = AE(ae_title="ODD")
    for kind in kinds:
        pacs.add_supported_context(kind)
    server = pacs.start_server(("127.0.0.1", port), block=False, evt_handlers=list(handlers))
    config = config_of(folder, orthanc, "dimse", dimse_port=port, dimse_called="ODD")
    try:
        with open_link(config.model_copy(update={"retry": Retry(attempts=1)})) as link:
            yield link
    finally:
        server.shutdown()


def test_an_entity_without_the_service_is_told_and_not_asked_again(orthanc, tmp_path):
    with entity(tmp_path, orthanc, "1.2.840.10008.1.1") as link:
        error = failure(link, "studies")
    assert (error.transient, "none of the services" in str(error)) == (False, True)


def test_an_entity_that_fails_with_words_is_told_by_its_status(orthanc, tmp_path):
    def refuse(_event):
        status = Dataset()
        status.Status, status.ErrorComment = 0xC001, "SECRET^NAME"
        yield status, None

    with entity(tmp_path, orthanc, FIND, handlers=[(evt.EVT_C_FIND, refuse)]) as link:
        assert "status C001" in str(failure(link, "studies"))


def test_an_association_that_ends_between_two_requests_is_lost(orthanc, tmp_path):
    archive = DimseArchive(config_of(tmp_path, orthanc, "dimse"))

    def ask():
        with archive._associated([build_context(FIND)]) as association:
            association.abort()
            archive._find(association, "STUDY", DAY.tags())

    with pytest.raises(PacsError, match="lost in the middle") as caught:
        ask()
    assert caught.value.transient
