"""What is stored of a film beside its finding."""

import pytest

from dicom_maker import changed, film_values, make_dataset, write
from pleura.image import read_film
from pleura.serve.work.facts import film_facts


@pytest.mark.parametrize(
    ("tags", "day"),
    [
        ({}, None),
        ({"StudyDate": ""}, None),
        ({"StudyDate": "20260102"}, "2026-01-02"),
        ({"StudyDate": "20260102", "AcquisitionDate": "20260101"}, "2026-01-01"),
    ],
)
def test_a_film_that_tells_no_day_gets_none(tmp_path, tags, day):
    film = read_film(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))
    assert film_facts(film, b"salt")["acquired"] == day
