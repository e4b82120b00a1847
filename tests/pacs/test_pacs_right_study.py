"""Results stand in the study that was asked for, once, or nowhere."""

import dataclasses
import io
import threading

import pytest
from pydicom import dcmread

from pacs_films import PROTOCOLS, config_of, film
from pleura.core.errors import Refusal, UnreadableImage
from pleura.pacs import Link, StudyQuery, open_link, read_study
from pleura.pacs.errors import Answered, Busy
from pleura.predict import Predictor


def header(content, keyword):
    return str(dcmread(io.BytesIO(content), stop_before_pixels=True)[keyword].value)


def read(folder, orthanc, study, predictor, protocol="dicomweb"):
    with open_link(config_of(folder, orthanc, protocol)) as link:
        return read_study(link, study, predictor)


class Instead:
    """A PACS that does something else with every film that is fetched."""

    def __init__(self, archive, fetch) -> None:
        self.archive, self.fetch = archive, fetch

    def films(self, study, kinds):
        return self.archive.films(study, kinds)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_study_whose_uid_breaks_the_rules_gets_its_results(protocol, orthanc, predictor, tmp_path):
    study = f"1.2.840.060.{len(protocol)}"
    orthanc.send(film(study, 1))
    outcome = read(tmp_path, orthanc, study, predictor, protocol)
    assert [each.state for each in outcome.results] == ["stored"] * 3
    assert {each.uid for each in outcome.results} < orthanc.objects(study).keys()


@pytest.mark.parametrize("number", ["P" * 70, ["A", "B"]])
def test_no_result_is_stored_under_another_patient(number, orthanc, predictor, tmp_path):
    study = f"1.2.840.61.{len(number)}"
    orthanc.send(film(study, 1, PatientID=number), film(study, 2, PatientID="OTHER"))
    outcome = read(tmp_path, orthanc, study, predictor)
    assert [each.status for each in outcome.films] == ["dicom_source", "read"]
    assert "PatientID is not valid" in outcome.films[0].message
    patients = {header(content, "PatientID") for uid, content in orthanc.objects(study).items() if uid[:5] == "2.25."}
    assert patients == {"OTHER"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_accession_number_in_other_letters_is_another_one(protocol, orthanc, tmp_path):
    orthanc.send(film("1.2.840.62.1", 1, AccessionNumber="Case62"))
    with open_link(config_of(tmp_path, orthanc, protocol)) as link:
        assert link.source.studies(StudyQuery(accession="Case62")) == ["1.2.840.62.1"]
        assert link.source.studies(StudyQuery(accession="CASE62")) == []


def test_runs_at_the_same_time_store_every_result_once(orthanc, predictor, tmp_path):
    study = "1.2.840.63.1"
    orthanc.send(film(study, 1), film(study, 2, found=False))
    outcomes = []
    runs = [
        threading.Thread(target=lambda: outcomes.append(read(tmp_path, orthanc, study, predictor))) for _ in range(3)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    told = [[each.uid for each in outcome.results] for outcome in outcomes]
    assert told[0] == told[1] == told[2]
    assert orthanc.objects(study).keys() == {*told[0], f"{study}.1.1", f"{study}.1.2"}


class Deleting(Predictor):
    """Takes a film away from the PACS while another is read."""

    def __init__(self, model, orthanc, uid) -> None:
        super().__init__(model)
        self.orthanc, self.uid = orthanc, uid

    def read(self, film):
        self.orthanc.remove(self.uid)
        return super().read(film)


def test_a_film_that_the_pacs_does_not_give_costs_itself_only(orthanc, model, tmp_path):
    study = "1.2.840.64.1"
    orthanc.send(film(study, 1), film(study, 2))
    outcome = read(tmp_path, orthanc, study, Deleting(model, orthanc, f"{study}.1.2"))
    assert [each.status for each in outcome.films] == ["read", "pacs_answer"]
    assert (outcome.refused, outcome.lost) == (0, 1)
    summary = dcmread(io.BytesIO(orthanc.objects(study)[outcome.results[-1].uid]))
    said = [element.value for element in summary.iterall() if element.keyword == "TextValue"]
    assert "Films of the study: 2, read: 1" in said


def test_a_file_of_another_patient_in_the_working_folder_is_left_alone(orthanc, predictor, tmp_path, monkeypatch):
    """DICOM files are often named by their UID, and so is an object that comes damaged."""
    study, other = "1.2.840.65.1", film("1.2.840.65.2", 1)
    orthanc.send(film(study, 1))
    other.save_as(tmp_path / f"{study}.1.1")
    monkeypatch.chdir(tmp_path)

    def damaged(key):
        raise UnreadableImage(key.uid, Refusal.MALFORMED, "x", "y")

    with open_link(config_of(tmp_path, orthanc, "dicomweb")) as link:
        outcome = read_study(Link(link.config, Instead(link.source, damaged), link.target), study, predictor)
    assert [each.status for each in outcome.films] == ["malformed"]
    assert outcome.results == ()


@pytest.mark.parametrize("held", [True, False])
def test_a_duplicate_that_the_pacs_refuses_is_there(held, orthanc, predictor, tmp_path):
    """The answer to the first attempt was lost, or another run was quicker."""
    study = f"1.2.840.66.{held:d}"
    orthanc.send(film(study, 1))

    class Strict(Instead):
        def holds(self, key):
            return self.archive.holds(key)

        def store(self, content):
            if held:
                self.archive.store(content)
            raise Answered("a pacs", "C-STORE failed with status 0111")

    with open_link(config_of(tmp_path, orthanc, "dicomweb")) as link:
        strict = dataclasses.replace(link, target=Strict(link.target, None))
        if held:
            outcome = read_study(strict, study, predictor)
            assert {each.uid for each in outcome.results} < orthanc.objects(study).keys()
        else:
            with pytest.raises(Answered):
                read_study(strict, study, predictor)


def test_a_pacs_that_stays_busy_with_one_film_costs_that_film(orthanc, predictor, tmp_path):
    study = "1.2.840.67.1"
    orthanc.send(film(study, 1), film(study, 2))
    with open_link(config_of(tmp_path, orthanc, "dicomweb")) as link:

        def fetch(key):
            if key.uid.endswith(".2"):
                raise Busy("a pacs", "HTTP 504")
            return link.source.fetch(key)

        outcome = read_study(dataclasses.replace(link, source=Instead(link.source, fetch)), study, predictor)
    assert [each.status for each in outcome.films] == ["read", "pacs_busy"]
