"""What a PACS does wrong ends in a typed error, or is asked again."""

import logging
import threading

import pytest
from pynetdicom import AE, evt

from dicom_maker import as_bytes
from models import make_model
from orthanc import Orthanc
from pacs_films import PROTOCOLS, config_of, film
from pleura.core.retry import Retry
from pleura.pacs import PacsError, StudyQuery, open_link, read_study
from pleura.pacs.archive import ObjectKey
from pleura.predict import Predictor
from pleura.runtime import read_model
from ports import free_ports

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("lost_sockets"),
]
ONCE = {"retry": Retry(attempts=1)}
PATIENT = {"retry": Retry(attempts=100, first_s=0.2, most_s=1.0)}
EVERY = StudyQuery(date="20200102")


def failure(config, ask=lambda link: link.source.check(), retry=ONCE):
    """The error of one request, which is not repeated unless told so."""
    with open_link(config.model_copy(update=retry)) as link, pytest.raises(PacsError) as caught:
        ask(link)
    assert "SECRET" not in str(caught.value)
    return caught.value


class PowerCut(Predictor):
    """Kills the PACS while a film is read, and lets it start again a little later."""

    def __init__(self, model, orthanc) -> None:
        super().__init__(model)
        self.orthanc, self.restart = orthanc, None

    def read(self, film):
        if self.restart is None:
            self.orthanc.stop()
            self.restart = threading.Timer(0.7, self.orthanc.start)
            self.restart.start()
        return super().read(film)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pacs_killed_between_films_and_results_and_started_again_gets_them_all(protocol, tmp_path):
    study = "1.2.840.10.1"
    with Orthanc(tmp_path / "orthanc") as orthanc:
        orthanc.send(film(study, 1), film(study, 2, found=False))
        predictor = PowerCut(read_model(make_model(tmp_path / "m.onnx").path), orthanc)
        try:
            with open_link(config_of(tmp_path, orthanc, protocol).model_copy(update=PATIENT)) as link:
                outcome = read_study(link, study, predictor)
        finally:
            # It must not start after it was stopped for good.
            predictor.restart.join()
        assert {each.state for each in outcome.results} == {"stored"}
        assert {each.uid for each in outcome.results} < orthanc.objects(study).keys()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_closed_port_is_unreachable(protocol, orthanc, tmp_path):
    (port,) = free_ports(1)
    changes = {"web_url": f"http://127.0.0.1:{port}/dicom-web", "dimse_port": port}
    error = failure(config_of(tmp_path, orthanc, protocol, **changes))
    assert (error.code, error.transient) == ("pacs_unreachable", True)
    assert str(port) in str(error)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_unknown_host_is_unreachable(protocol, orthanc, tmp_path):
    changes = {"web_url": "https://pacs.invalid/dicom-web", "dimse_host": "pacs.invalid", "dimse_clear": True}
    assert failure(config_of(tmp_path, orthanc, protocol, **changes)).code == "pacs_unreachable"


def test_a_wrong_title_of_the_pacs_is_denied(orthanc, tmp_path):
    # Many times: it refuses and hangs up, and one in twenty of its refusals was left unread.
    for _ in range(40):
        error = failure(config_of(tmp_path, orthanc, "dimse", dimse_called="NOBODY"))
        assert (error.code, error.transient) == ("pacs_denied", False)
        assert "called AE title" in str(error)


def test_a_title_of_ours_that_the_pacs_knows_not_is_told(orthanc, tmp_path):
    config = config_of(tmp_path, orthanc, "dimse", dimse_calling="STRANGER")
    error = failure(config, lambda link: link.source.studies(EVERY))
    assert error.code == "pacs_unreachable"
    assert "it knows not STRANGER" in str(error)


def test_a_wrong_password_is_denied(orthanc, tmp_path, monkeypatch):
    config = config_of(tmp_path, orthanc, "dicomweb")
    monkeypatch.setenv("PLEURA_TEST_PASSWORD", "something-else")
    error = failure(config)
    assert (error.code, error.transient) == ("pacs_denied", False)
    assert "something-else" not in str(error)


def test_an_address_that_is_no_dicomweb_is_told(orthanc, tmp_path):
    error = failure(config_of(tmp_path, orthanc, "dicomweb", web_url=f"{orthanc.rest}/nothing"))
    assert (error.code, str(error).count("HTTP 404")) == ("pacs_answer", 1)
    page = failure(config_of(tmp_path, orthanc, "dicomweb", web_url=f"{orthanc.rest}/app/explorer.html#".rstrip("#")))
    assert page.code == "pacs_answer"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_object_that_is_not_there_is_no_film(protocol, orthanc, tmp_path):
    orthanc.send(film("1.2.840.12.1", 1))
    key = ObjectKey("1.2.840.12.1", "1.2.840.12.1.1", "1.2.840.12.9", "1.2.840.10008.5.1.4.1.1.1")
    config = config_of(tmp_path, orthanc, protocol).model_copy()
    quick = config.timeouts.model_copy(update={"answer_s": 2.0})
    # To wait in vain has to be short, and an answer that comes later than that is asked for again.
    error = failure(config.model_copy(update={"timeouts": quick}), lambda link: link.source.fetch(key), PATIENT)
    assert error.code == "pacs_answer"


def test_our_port_in_use_is_told(orthanc, tmp_path):
    config = config_of(tmp_path, orthanc, "dimse", dimse_listen_port=orthanc.http_port)
    assert "our own port cannot be opened" in str(failure(config))


def test_our_port_refuses_what_was_not_asked_for(orthanc, tmp_path):
    stranger = film("1.2.840.13.1", 1)
    with open_link(config_of(tmp_path, orthanc, "dimse")) as link:
        link.source.check()
        entity = AE(ae_title="ANYBODY")
        entity.add_requested_context(stranger.SOPClassUID, stranger.file_meta.TransferSyntaxUID)
        association = entity.associate("127.0.0.1", orthanc.listen_port, ae_title="PLEURA")
        assert association.is_established
        stranger.set_original_encoding(is_implicit_vr=False, is_little_endian=True)
        assert association.send_c_store(stranger).Status == 0x0124
        association.release()
        other = entity.associate("127.0.0.1", orthanc.listen_port, ae_title="SOMEBODY")
        assert other.is_rejected


def test_a_pacs_without_room_is_busy_and_asked_again(orthanc, tmp_path):
    (port,) = free_ports(1)
    answers = iter((0xA700, 0xA701, 0x0000))
    stored = []

    def take(event):
        stored.append(event.dataset.SOPInstanceUID)
        return next(answers)

    entity = AE(ae_title="FULL")
    sent = film("1.2.840.14.1", 1)
    entity.add_supported_context(sent.SOPClassUID)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, take)])
    try:
        config = config_of(tmp_path, orthanc, "dimse", dimse_port=port, dimse_called="FULL")
        with open_link(config) as link:
            link.target.store(as_bytes(sent))
    finally:
        server.shutdown()
    assert stored == [sent.SOPInstanceUID] * 3


def test_network_libraries_write_no_log_while_a_link_is_open(orthanc, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    orthanc.send(film("1.2.840.15.1", 1))
    for protocol in PROTOCOLS:
        with open_link(config_of(tmp_path, orthanc, protocol)) as link:
            caplog.clear()
            link.source.studies(StudyQuery(accession="ACC-SECRET"))
            for key in link.source.films("1.2.840.15.1", ("CR",)):
                link.source.fetch(key)
    assert "SECRET" not in caplog.text
    assert not [
        record for record in caplog.records if record.name.split(".")[0] in ("pydicom", "retrying", "urllib3")
    ]
