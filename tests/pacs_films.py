"""Studies, config files and certificates for the tests of a PACS."""

import os
import shutil
import subprocess

import numpy as np
import pytest

from dicom_maker import changed, make_dataset
from orthanc import PASSWORD, TITLE, USER
from pleura.pacs import read_config

PROTOCOLS = ("dicomweb", "dimse")


def film(study, number, *, found=True, **tags):
    """A film with or without a bright square on the picture's left: what the small network takes for a finding."""
    values = np.full((96, 80), 400, np.uint16)
    values[0, :8] = np.arange(8) + number
    if found:
        values[20:70, 5:35] = 4000
    dataset = make_dataset(values)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, f"{study}.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{study}.1.{number}"
    dataset.AccessionNumber, dataset.StudyDate, dataset.StudyID = "ACC-SECRET", "20200102", "1"
    return changed(dataset, tags)


def write_config(folder, orthanc, protocol, more="", **changes):
    """A config file for one Orthanc, with small pauses; `changes` go to its [dimse] and [dicomweb] by prefix."""
    os.environ["PLEURA_TEST_USER"], os.environ["PLEURA_TEST_PASSWORD"] = USER, PASSWORD
    web = {"url": orthanc.web, "user_env": "PLEURA_TEST_USER", "password_env": "PLEURA_TEST_PASSWORD"}
    dimse = {"host": "127.0.0.1", "port": orthanc.dicom_port, "called": TITLE, "listen_port": orthanc.listen_port}
    for name, value in changes.items():
        table, _, key = name.partition("_")
        {"web": web, "dimse": dimse}[table][key] = value
    lines = ['format = "pleura.pacs/1"', f'read = "{protocol}"', f'write = "{protocol}"']
    lines += ["[retry]", "attempts = 20", "first_s = 0.2", "most_s = 0.5", "[timeouts]", "answer_s = 20"]
    for table, values in (("dicomweb", web), ("dimse", dimse)):
        lines += [f"[{table}]", *(f"{key} = {_toml(value)}" for key, value in values.items())]
    path = folder / f"{protocol}.toml"
    path.write_text("\n".join([*lines, more, ""]), "utf-8")
    return path


def config_of(folder, orthanc, protocol, more="", **changes):
    """The same, read."""
    return read_config(write_config(folder, orthanc, protocol, more, **changes))


def make_certificates(folder):
    """A certificate of our own authority for 127.0.0.1 and its key, and a file with both (PEM)."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make certificates")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "cert.pem").read_text() + (folder / "key.pem").read_text())
    return folder / "cert.pem", folder / "key.pem", both


def _toml(value):
    return str(value).lower() if isinstance(value, int) else f'"{value}"'
