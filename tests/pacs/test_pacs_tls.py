"""TLS by both protocols: trust on both sides, and every way in which there is none."""

import pytest

from orthanc import Orthanc
from pacs_films import PROTOCOLS, config_of, film, make_certificates
from pleura.core.retry import Retry
from pleura.pacs import PacsError, open_link, read_study
from ports import free_ports
from tls_front import tls_front

pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("lost_sockets"),
]


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """An Orthanc that demands our certificate and shows its own, by DIMSE and through a front by DICOMweb."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key, _ = make_certificates(folder / "pacs")
    ours, our_key, _ = make_certificates(folder / "ours")
    (port,) = free_ports(1)
    destination = {"AET": "PLEURA", "Host": "127.0.0.1", "Port": port, "UseDicomTls": True}
    options = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(certificate),
        "DicomTlsPrivateKey": str(key),
        "DicomTlsTrustedCertificates": str(ours),
        "DicomTlsRemoteCertificateRequired": True,
        "DicomModalities": {"pleura": destination},
    }
    with (
        Orthanc(folder / "orthanc", **options) as orthanc,
        tls_front(orthanc.http_port, certificate, key, ours) as front,
    ):
        orthanc.web, orthanc.listen_port = f"https://127.0.0.1:{front}/dicom-web", port
        yield orthanc, {"ca_file": certificate, "client_cert": ours, "client_key": our_key}


def with_tls(folder, secured, protocol, **changes):
    """A config of this protocol; a change to None leaves the key out."""
    orthanc, files = secured
    table = {key: value for key, value in {**files, **changes}.items() if value is not None}
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(str(value))}"
        for key, value in table.items()
    ]
    return config_of(folder, orthanc, protocol, "\n".join([f"[{protocol}.tls]", *lines]))


def failure(config):
    """The error of one request that is not repeated."""
    config = config.model_copy(update={"retry": Retry(attempts=1)})
    with open_link(config) as link, pytest.raises(PacsError) as caught:
        link.source.check()
    return caught.value


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_films_and_results_cross_under_tls(protocol, secured, predictor, tmp_path):
    study, orthanc = f"1.2.840.40.{len(protocol)}", secured[0]
    orthanc.put(film(study, 1))
    with open_link(with_tls(tmp_path, secured, protocol)) as link:
        outcome = read_study(link, study, predictor)
    assert {each.state for each in outcome.results} == {"stored"}
    assert {each.uid for each in outcome.results} < orthanc.objects(study).keys()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_certificate_that_nobody_vouches_for_is_refused(protocol, secured, tmp_path):
    error = failure(with_tls(tmp_path, secured, protocol, ca_file=secured[1]["client_cert"]))
    assert (error.code, error.transient) == ("pacs_tls", False)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_verification_any_certificate_will_do(protocol, secured, tmp_path):
    with open_link(with_tls(tmp_path, secured, protocol, ca_file=None, verify=False)) as link:
        assert "answered" in link.target.check()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_certificate_of_ours_that_the_pacs_does_not_trust_is_told(protocol, secured, tmp_path):
    strange, key, _ = make_certificates(tmp_path / "strange")
    error = failure(with_tls(tmp_path, secured, protocol, client_cert=strange, client_key=key))
    assert error.code == "pacs_tls"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tls_to_a_port_in_clear_is_told(protocol, orthanc, secured, tmp_path):
    clear = Orthanc.__new__(Orthanc)
    clear.__dict__.update(orthanc.__dict__, web=orthanc.web.replace("http:", "https:"))
    assert failure(with_tls(tmp_path, (clear, secured[1]), protocol)).code == "pacs_tls"


def test_a_port_that_wants_tls_is_told_to_who_speaks_in_clear(secured, tmp_path):
    error = failure(config_of(tmp_path, secured[0], "dimse"))
    assert error.code == "pacs_unreachable"
    assert "wants TLS" in str(error)
