"""Films in by C-STORE and STOW-RS, results out to a real PACS."""

import io

import pytest
import requests
from dicomweb_client import DICOMwebClient
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.sop_class import Verification

from dicom_maker import as_bytes
from orthanc import Orthanc
from pacs_films import film, make_certificates, write_config
from ports import free_ports
from serving import Serving, until

STUDY = "1.2.826.0.1.3680043.10.1.7"
CR = "1.2.840.10008.5.1.4.1.1.1"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    return make_certificates(folder / "pacs"), make_certificates(folder / "ours")


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory, certificates):
    """A PACS whose DICOM port shows its certificate and demands ours."""
    (certificate, key, _), (ours, _, _) = certificates
    options = {
        "DicomTlsEnabled": True,
        "DicomTlsCertificate": str(certificate),
        "DicomTlsPrivateKey": str(key),
        "DicomTlsTrustedCertificates": str(ours),
        "DicomTlsRemoteCertificateRequired": True,
    }
    with Orthanc(tmp_path_factory.mktemp("orthanc"), **options) as running:
        yield running


@pytest.fixture(scope="module")
def serving(tmp_path_factory, bright_model, orthanc, certificates):
    """A service that takes films in clear, and pushes its results under TLS."""
    folder = tmp_path_factory.mktemp("serving")
    (port,) = free_ports(1)
    (certificate, _, _), (ours, our_key, _) = certificates
    tls = f'[dimse.tls]\nca_file = "{certificate}"\nclient_cert = "{ours}"\nclient_key = "{our_key}"'
    push = write_config(folder, orthanc, "dimse", tls)
    more = f'push = "{push}"\n[listener]\nport = {port}\npeers = ["SCANNER"]\n'
    with Serving(folder, bright_model, more) as running:
        running.dicom_port = port
        yield running


def send(port, dataset, calling="SCANNER", called="PLEURA"):
    """Send one film by C-STORE; the status of the answer, or None where the association is turned down."""
    entity = AE(ae_title=calling)
    entity.add_requested_context(CR, dataset.file_meta.TransferSyntaxUID)
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", port, ae_title=called)
    if not association.is_established:
        return None
    try:
        assert association.send_c_echo().Status == 0
        return association.send_c_store(dataset).Status
    finally:
        association.release()


def jobs(serving):
    return serving.http.get("/api/v1/jobs").json()["jobs"]


def test_a_film_sent_by_c_store_is_read_and_its_results_are_in_the_pacs_once(serving, orthanc):
    dataset = film(STUDY, 1)
    assert send(serving.dicom_port, dataset) == 0
    job = serving.ended(jobs(serving)[0]["id"])
    assert job["status"] == "done"
    assert job["finding"]["present"]
    assert send(serving.dicom_port, dataset) == 0
    assert len(jobs(serving)) == 1, "the same film again is the same job"
    results = [dcmread(io.BytesIO(serving.http.get(job["links"][name]).content)) for name in ("seg", "sr")]
    wanted = {str(result.SOPInstanceUID) for result in results}
    assert until(lambda: wanted <= stored(orthanc))


def test_what_a_reader_said_is_in_the_pacs_too(serving, orthanc):
    dataset = film(STUDY, 8)
    assert send(serving.dicom_port, dataset) == 0
    job = serving.ended(jobs(serving)[0]["id"])
    for verdict in ("accepted", "rejected"):
        said = serving.http.post(
            f"/api/v1/jobs/{job['id']}/reviews", json={"verdict": verdict, "reader": "Ada"}
        ).json()
        made = [dcmread(io.BytesIO(serving.http.get(link).content)) for link in said["links"].values()]
        assert len(made) == {"accepted": 2, "rejected": 1}[verdict]
        wanted = {str(each.SOPInstanceUID) for each in made}
        assert until(lambda wanted=wanted: wanted <= stored(orthanc))


def test_who_is_not_known_or_calls_another_is_turned_away(serving):
    before = len(jobs(serving))
    assert send(serving.dicom_port, film(STUDY, 2), calling="STRANGER") is None
    assert send(serving.dicom_port, film(STUDY, 2), called="OTHER") is None
    assert len(jobs(serving)) == before


def test_stow_takes_films_and_names_what_it_did_not_take(serving):
    client = DICOMwebClient(str(serving.http.base_url.join("/dicomweb")))
    answer = client.store_instances([film(STUDY, 3)])
    assert [item.ReferencedSOPInstanceUID for item in answer.ReferencedSOPSequence] == [f"{STUDY}.1.3"]
    assert "FailedSOPSequence" not in answer


@pytest.mark.parametrize(
    ("parts", "status"), [((b"no dicom",), 409), ((b"no dicom", "film"), 202), (("film",), 200), ((), 400)]
)
def test_stow_says_how_many_it_took(serving, parts, status):
    bodies = [as_bytes(film(STUDY, 4)) if part == "film" else part for part in parts]
    text = (
        b"".join(b"--x\r\nContent-Type: application/dicom\r\n\r\n" + body + b"\r\n" for body in bodies) + b"--x--\r\n"
    )
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    answer = serving.http.post("/dicomweb/studies", content=text, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    if status != 400:
        assert len(answer.json().get("00081198", {}).get("Value", [])) == sum(part == b"no dicom" for part in parts)


def test_stow_of_another_type_is_refused(serving):
    assert serving.http.post("/dicomweb/studies", content=b"x").status_code == 415


def stored(orthanc):
    """UIDs of all objects in the PACS."""
    found = requests.get(f"{orthanc.rest}/instances?expand", auth=("reader", "not-a-secret"), timeout=10).json()
    return {one["MainDicomTags"]["SOPInstanceUID"] for one in found}
