"""A film as a file that does not depend on the way it came."""

import pytest

from pacs_films import film
from pleura.core.errors import UnreadableImage
from pleura.pacs.archive import ObjectKey
from pleura.pacs.film_file import film_file

KEY = ObjectKey("1.2.3", "1.2.3.1", "1.2.3.1.1", "1.2.840.10008.5.1.4.1.1.1")


def test_the_header_of_the_software_that_sent_it_makes_no_difference():
    contents = []
    for writer in ("ONE", "ANOTHER"):
        dataset = film("1.2.3", 1)
        dataset.file_meta.ImplementationVersionName = writer
        contents.append(film_file(dataset, KEY))
    assert contents[0] == contents[1]


@pytest.mark.parametrize("tag", ["StudyInstanceUID", "SOPInstanceUID"])
def test_an_object_of_another_study_or_another_name_is_refused(tag):
    dataset = film("1.2.3", 1)
    setattr(dataset, tag, "1.2.99")
    with pytest.raises(UnreadableImage, match="another") as caught:
        film_file(dataset, KEY)
    assert "SECRET" not in str(caught.value)


def test_an_object_without_a_kind_is_refused():
    dataset = film("1.2.3", 1)
    del dataset.SOPClassUID
    with pytest.raises(UnreadableImage, match="cannot be parsed"):
        film_file(dataset, KEY)
