"""Real films in a real PACS, read by the model and the gate that ship with pleura."""

import io

import numpy as np
import pytest
from pydicom import dcmread

from dicom_maker import sample
from pacs_films import PROTOCOLS, config_of
from pleura.image import read_film
from pleura.pacs import StudyQuery, open_link, read_study
from pleura.predict import load_predictor


@pytest.mark.long
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_real_films_are_read_and_filed_as_predict_reads_them(protocol, orthanc, shared_data, tmp_path):
    paths = [sample("RG1_UNCR.dcm"), sample("RG3_UNCR.dcm"), shared_data / "dicom" / "966_fixed.dcm"]
    orthanc.send(*(dcmread(path) for path in paths))
    predictor = load_predictor()
    with open_link(config_of(tmp_path, orthanc, protocol)) as link:
        for path, status in zip(paths, ("read", "refused", "read"), strict=True):
            header = dcmread(path, stop_before_pixels=True)
            study, uid = header.StudyInstanceUID, header.SOPInstanceUID
            assert link.source.studies(StudyQuery(uid=study)) == [study]
            outcome = read_study(link, study, predictor)
            (film,) = [each for each in outcome.films if each.uid == uid]
            again = read_study(link, study, predictor)
            assert {each.state for each in again.results} == {"there"}
            assert outcome.films == again.films
            assert (film.status == "read") == (status == "read")
            if film.status != "read":
                continue
            finding = predictor.read(read_film(path))
            assert film.score == finding.score
            for result in outcome.results:
                content = dcmread(io.BytesIO(orthanc.objects(study)[result.uid]))
                if result.format == "seg":
                    assert np.array_equal(np.atleast_3d(content.pixel_array).any(axis=-1), finding.mask)
