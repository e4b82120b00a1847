"""Names of patients in the wrong places of a film: they show in nothing that the service says or keeps beside it."""

import os
import signal
import sqlite3
from contextlib import closing

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from dicom_maker import as_bytes, film_values, make_dataset
from serving import until

CANARY = "CANARY"
TAGS = {
    "PatientName": "CANARYNAME^Jane=" * 9,
    "PatientID": "CANARYID\\7" * 9,
    "PatientBirthDate": "CANARYDA",
    "StudyDate": "CANARYDA",
    "StudyTime": "CANARYTM",
    "StudyInstanceUID": "CANARY.1.2",
    "SeriesInstanceUID": "1.2.CANARY",
    "AccessionNumber": "CANARY" * 9,
    "PatientAge": "CANARYA",
    "InstanceNumber": "CANARY",
    "SpecificCharacterSet": "CANARY_IR",
    "KVP": "CANARY",
    "TimezoneOffsetFromUTC": "CANARY",
}
PLACES = [
    {"PhotometricInterpretation": "CANARY"},
    {"ViewPosition": "CANARY"},
    {"Modality": "CANARY"},
    {"BodyPartExamined": "CANARY"},
    {"PresentationIntentType": "CANARY"},
    {"RescaleSlope": "CANARY"},
    {"WindowCenter": "CANARY"},
    {"PixelSpacing": "CANARY"},
    {"SOPInstanceUID": "CANARY"},
    {"SOPClassUID": "CANARY"},
    {"ImageType": ["CANARY", "CANARY"]},
    TAGS,
]


def film(tags, seed):
    """A film of its own for every seed, with these values as a file may hold them and the library would not write."""
    values = film_values(rows=128, columns=128).copy()
    values[20:100, 30:100] = 4000 + seed
    dataset = make_dataset(values)
    for tag, value in tags.items():
        add_raw(dataset, tag, value)
    return as_bytes(dataset)


def add_raw(dataset, tag, value):
    number, text = Tag(tag_for_keyword(tag)), "\\".join(value) if isinstance(value, list) else value
    content = text.encode() + b" " * (len(text) % 2)
    dataset[number] = RawDataElement(number, dictionary_VR(number), len(content), content, 0, False, True)


def said(serving):
    """All that the service says, to anybody, and keeps beside films and DICOM results, by where it stands."""
    texts = {"log": serving.log.read_text(), "metrics": serving.http.get("/metrics").text}
    texts["list"] = serving.http.get("/api/v1/jobs?limit=200").text
    with closing(sqlite3.connect(serving.data / "pleura.sqlite")) as database:
        texts["database"] = "\n".join(database.iterdump())
    for path in serving.data.rglob("*"):
        texts[f"name of {path}"] = str(path.relative_to(serving.data))
        if path.is_file() and path.suffix != ".dcm" and path.parent.name not in ("films", "incoming"):
            texts[str(path)] = path.read_bytes().decode("latin-1")
    return texts


def test_no_name_in_a_wrong_place_is_ever_shown(serving):
    names = [serving.take(film(tags, seed)) for seed, tags in enumerate(PLACES)]
    until(lambda: any(serving.job(name)["status"] != "waiting" for name in names))
    for pid in serving.worker_pids():
        os.kill(pid, signal.SIGKILL)
    ends = [serving.ended(name) for name in names]
    assert {job["status"] for job in ends} == {"done", "refused"}
    # Whose film the last one is nobody can tell: it is read, and nothing is filed under anybody.
    assert (ends[-1]["status"], "seg" in ends[-1]["links"], ends[-1]["film"]["patient"]) == ("done", False, None)
    for content in (film(TAGS, 99)[:-3000], b"CANARY" * 99, b"PK\x03\x04CANARY" * 9):
        assert CANARY not in serving.send(content).text
    for path in ("jobs/CANARY", "jobs?after=CANARY", "jobs?status=CANARY", "jobs?CANARY=1", "CANARY"):
        assert CANARY not in serving.http.get(f"/api/v1/{path}").text
    assert CANARY not in serving.http.post("/api/v1/films", headers={"Content-Type": "multipart/x; CANARY"}).text
    shown = {place: text for place, text in said(serving).items() if CANARY in text}
    assert {place: text[max(0, text.index(CANARY) - 80) :][:200] for place, text in shown.items()} == {}
