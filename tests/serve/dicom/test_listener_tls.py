"""C-STORE under TLS: a port that only known certificates get through, and that a silent caller does not hold up."""

import contextlib
import hashlib
import socket
import ssl
import time

import pytest
from pynetdicom import AE

from pacs_films import film, make_certificates
from pleura.pacs.errors import PacsConfigError
from pleura.serve.config import ServeConfig, changed
from pleura.serve.dicom.listener import listening
from pleura.serve.errors import ServeConfigError
from pleura.serve.service import opened_service
from pleura.serve.state.listing import Wanted, list_jobs
from ports import free_ports

CR = "1.2.840.10008.5.1.4.1.1.1"
STUDY = "1.2.826.0.1.3680043.10.1.9"

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("lost_sockets"),
]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """Certificates and keys of the service, of two scanners that it trusts, and of a stranger."""
    folder = tmp_path_factory.mktemp("certificates")
    made = {name: make_certificates(folder / name)[:2] for name in ("service", "one", "two", "stranger")}
    trusted = folder / "trusted.pem"
    trusted.write_text("".join(made[name][0].read_text() for name in ("one", "two")))
    return made, trusted


@pytest.fixture(scope="module")
def port(tmp_path_factory, bright_model, certificates):
    """A listener with TLS, whose films wait: SCANNER1 is known by its certificate, SCANNER2 by its title."""
    made, trusted = certificates
    one = hashlib.sha256(ssl.PEM_cert_to_DER_cert(made["one"][0].read_text())).hexdigest().upper()
    fingerprint = ":".join(one[at : at + 2] for at in range(0, 64, 2))
    tls = {"certificate": made["service"][0], "key": made["service"][1], "ca_file": trusted}
    (number,) = free_ports(1)
    settings = {
        "port": number,
        "peers": ["SCANNER1", "SCANNER2"],
        "tls": {**tls, "fingerprints": {"SCANNER1": fingerprint}},
    }
    data = {"data": tmp_path_factory.mktemp("listener"), "model": bright_model, "gate": False}
    config = changed(ServeConfig(), {**data, "listener": settings})
    with opened_service(config) as service, listening(config.listener, service.desk):
        yield number, service


def send(port, certificates, name, title, number):
    """Send one film under TLS; the status of the answer, or None where the association does not come about."""
    made, _ = certificates
    context = ssl.create_default_context(cafile=made["service"][0])
    if name is not None:
        context.load_cert_chain(*made[name])
    dataset = film(STUDY, number)
    entity = AE(ae_title=title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 15
    entity.add_requested_context(CR, dataset.file_meta.TransferSyntaxUID)
    association = entity.associate("127.0.0.1", port[0], ae_title="PLEURA", tls_args=(context, "127.0.0.1"))
    if not association.is_established:
        return None
    try:
        return association.send_c_store(dataset).get("Status")
    finally:
        association.release()


def films(port):
    with port[1].database.reading() as connection:
        return len(list_jobs(connection, Wanted()).jobs)


def test_a_film_comes_in_under_tls_from_senders_that_are_known(port, certificates):
    before = films(port)
    assert send(port, certificates, "one", "SCANNER1", 1) == 0
    assert send(port, certificates, "two", "SCANNER2", 2) == 0
    assert films(port) == before + 2


@pytest.mark.parametrize(
    ("name", "title"),
    [
        pytest.param("two", "SCANNER1", id="another's title"),
        pytest.param("one", "SCANNER9", id="no peer"),
        pytest.param("stranger", "SCANNER1", id="a certificate that nobody vouches for"),
        pytest.param("stranger", "SCANNER2", id="such a one with a title that needs no fingerprint"),
        pytest.param(None, "SCANNER2", id="no certificate"),
    ],
)
def test_a_sender_that_is_not_known_is_turned_away(port, certificates, name, title):
    before = films(port)
    assert send(port, certificates, name, title, 3) is None
    assert films(port) == before


def test_the_port_does_not_speak_in_clear(port):
    entity = AE(ae_title="SCANNER1")
    entity.acse_timeout = entity.network_timeout = 5
    entity.add_requested_context(CR)
    assert not entity.associate("127.0.0.1", port[0], ae_title="PLEURA").is_established


def test_callers_that_say_nothing_do_not_hold_up_others(port, certificates):
    with contextlib.ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(socket.create_connection(("127.0.0.1", port[0]), 5))
        begun = time.monotonic()
        assert send(port, certificates, "one", "SCANNER1", 4) == 0
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "0.0.0.0", "peers": ["A"]},
        {"host": "0.0.0.0", "clear": True},
        {"tls": {"certificate": "c.pem", "key": "k.pem"}},
        {"peers": ["A"], "tls": {"certificate": "c", "key": "k", "ca_file": "a", "fingerprints": {"B": "0" * 64}}},
        {"tls": {"certificate": "c", "key": "k", "ca_file": "a", "fingerprints": {"B": "0" * 40}}},
    ],
)
def test_no_config_opens_the_port_by_mistake(changes):
    with pytest.raises(ServeConfigError, match="listener"):
        changed(ServeConfig(), {"listener": {"port": 11112, **changes}})


def test_a_listener_in_clear_off_loopback_has_to_be_asked_for():
    asked = {"port": 11112, "host": "0.0.0.0", "peers": ["A"], "clear": True}
    assert changed(ServeConfig(), {"listener": asked}).listener.clear


def test_a_certificate_that_cannot_be_loaded_is_told(tmp_path, bright_model):
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    (number,) = free_ports(1)
    tls = {"certificate": broken, "key": broken, "ca_file": broken}
    changes = {"data": tmp_path / "data", "model": bright_model, "listener": {"port": number, "tls": tls}}
    config = changed(ServeConfig(), changes)
    with opened_service(config) as service:
        port = listening(config.listener, service.desk)
        with pytest.raises(PacsConfigError, match="cannot be loaded"):
            port.__enter__()
