"""Studies in a real PACS: films in by C-STORE, results back by STOW-RS or C-STORE, and nothing twice."""

import io

import numpy as np
import pytest
from pydicom import dcmread

from pacs_films import PROTOCOLS, config_of, film
from pleura.image import read_film
from pleura.output.order import DicomChoice, Order
from pleura.output.write import WRITERS
from pleura.pacs import StudyQuery, open_link, read_study
from pleura.pacs.archive import ObjectKey
from pleura.pacs.film_file import film_file
from pleura.pacs.study import FilmOutcome


def plain(content):
    """An object as one file, whatever header a PACS gave it."""
    dataset = dcmread(io.BytesIO(content))
    key = ObjectKey(dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID, dataset.SOPClassUID)
    return film_file(dataset, key)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_results_come_back_byte_for_byte_and_a_second_run_stores_nothing(protocol, orthanc, predictor, tmp_path):
    study = f"1.2.840.1.{len(protocol)}"
    orthanc.send(film(study, 1))
    (tmp_path / "film.dcm").write_bytes(plain(orthanc.objects(study)[f"{study}.1.1"]))
    finding = predictor.read(read_film(tmp_path / "film.dcm"))
    order = Order(finding, ("seg", "sr"), DicomChoice())
    with open_link(config_of(tmp_path, orthanc, protocol)) as link:
        first = read_study(link, study, predictor)
        held = orthanc.objects(study)
        second = read_study(link, study, predictor)
    assert [(each.format, each.state) for each in first.results] == [
        (name, "stored") for name in ("seg", "sr", "summary")
    ]
    assert [(each.uid, each.state) for each in second.results] == [(each.uid, "there") for each in first.results]
    assert orthanc.objects(study).keys() == held.keys()
    assert len(held) == 4
    uids = {each.format: each.uid for each in first.results}
    for name in ("seg", "sr"):
        assert plain(held[uids[name]]) == plain(WRITERS[name].encode(order))
    seg = dcmread(io.BytesIO(held[uids["seg"]]))
    assert np.array_equal(seg.pixel_array.astype(bool), finding.mask)
    assert finding.mask.any()


def test_both_protocols_find_fetch_and_name_the_same(orthanc, predictor, tmp_path):
    study = "1.2.840.2.1"
    orthanc.send(film(study, 1), film(study, 2, found=False))
    outcomes, fetched = [], []
    for protocol in PROTOCOLS:
        with open_link(config_of(tmp_path, orthanc, protocol)) as link:
            keys = link.source.films(study, ("CR", "DX"))
            fetched.append([(key, link.source.fetch(key)) for key in keys])
            outcomes.append(read_study(link, study, predictor))
    assert fetched[0] == fetched[1]
    assert [each.uid for each in outcomes[0].results] == [each.uid for each in outcomes[1].results]
    assert {each.state for each in outcomes[1].results} == {"there"}


@pytest.mark.parametrize(("source", "target"), [PROTOCOLS, PROTOCOLS[::-1]])
def test_films_come_by_one_protocol_and_results_go_by_the_other(source, target, orthanc, predictor, tmp_path):
    study = f"1.2.840.3.{len(source)}"
    orthanc.send(film(study, 1))
    config = config_of(tmp_path, orthanc, "dimse").model_copy(update={"read": source, "write": target})
    with open_link(config) as link:
        outcome = read_study(link, study, predictor)
    assert {each.state for each in outcome.results} == {"stored"}
    assert {each.uid for each in outcome.results} < orthanc.objects(study).keys()


def test_a_study_of_repeats_and_a_lateral_has_a_report_a_film_and_one_summary(orthanc, predictor, tmp_path):
    study = "1.2.840.4.1"
    orthanc.send(film(study, 1), film(study, 2, found=False), film(study, 3, ViewPosition="LL"))
    with open_link(config_of(tmp_path, orthanc, "dicomweb")) as link:
        outcome = read_study(link, study, predictor)
    assert [(each.status, each.present) for each in outcome.films] == [
        ("read", True),
        ("read", False),
        ("view", None),
    ]
    assert [each.format for each in outcome.results] == ["seg", "sr", "sr", "summary"]
    held = orthanc.objects(study)
    summary = dcmread(io.BytesIO(held[outcome.results[-1].uid]))
    named = {
        item.ReferencedSOPInstanceUID
        for item in summary.CurrentRequestedProcedureEvidenceSequence[0]
        .ReferencedSeriesSequence[0]
        .ReferencedSOPSequence
    }
    assert named == {f"{study}.1.{number}" for number in (1, 2, 3)}
    said = [element.value for element in summary.iterall() if element.keyword == "TextValue"]
    assert "Films of the study: 3, read: 2" in said
    assert any(text.startswith("Not read [view]") for text in said)


def test_a_dry_run_stores_nothing(orthanc, predictor, tmp_path):
    study = "1.2.840.5.1"
    orthanc.send(film(study, 1))
    with open_link(config_of(tmp_path, orthanc, "dicomweb")) as link:
        outcome = read_study(link, study, predictor, dry=True)
    assert {each.state for each in outcome.results} == {"not stored"}
    assert len(orthanc.objects(study)) == 1


def test_our_own_pictures_are_no_films(orthanc, predictor, tmp_path):
    study = "1.2.840.6.1"
    orthanc.send(film(study, 1))
    config = config_of(tmp_path, orthanc, "dicomweb", '[result]\nformats = ["sc", "sr"]')
    with open_link(config.model_copy(update={"films": ("CR", "SC")})) as link:
        outcomes = [read_study(link, study, predictor) for _ in range(2)]
        assert len(link.source.films(study, ("CR", "SC"))) == 2
    assert outcomes[0].films == outcomes[1].films
    assert len(outcomes[1].films) == 1
    assert {each.state for each in outcomes[1].results} == {"there"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_studies_are_found_by_uid_date_and_accession(protocol, orthanc, tmp_path):
    study, other = f"1.2.840.7.{len(protocol)}", f"1.2.840.8.{len(protocol)}"
    orthanc.send(film(study, 1, StudyDate="20190304", AccessionNumber=f"A{len(protocol)}"), film(other, 1))
    with open_link(config_of(tmp_path, orthanc, protocol)) as link:
        assert link.source.studies(StudyQuery(uid=study)) == [study]
        assert study in link.source.studies(StudyQuery(date="20190301-20190331"))
        assert other not in link.source.studies(StudyQuery(date="20190304"))
        assert link.source.studies(StudyQuery(accession=f"A{len(protocol)}")) == [study]
        assert link.source.studies(StudyQuery(uid=study, date="20200102")) == []
        assert link.source.films("1.2.840.999", ("CR",)) == []


def test_more_studies_than_a_page_holds_are_all_found(orthanc, tmp_path, monkeypatch):
    studies = [f"1.2.840.20.{number}" for number in range(1, 8)]
    orthanc.send(*(film(study, 1, AccessionNumber="MANY") for study in studies))
    monkeypatch.setattr("pleura.pacs.dicomweb._PAGE", 3)
    with open_link(config_of(tmp_path, orthanc, "dicomweb")) as link:
        assert link.source.studies(StudyQuery(accession="MANY")) == studies


def test_an_outcome_says_nothing_of_a_patient(orthanc, predictor, tmp_path):
    study = "1.2.840.9.1"
    orthanc.send(film(study, 1), film(study, 2, ViewPosition="LL"))
    with open_link(config_of(tmp_path, orthanc, "dimse")) as link:
        outcome = read_study(link, study, predictor)
    assert isinstance(outcome.films[0], FilmOutcome)
    assert "SECRET" not in repr(outcome)
