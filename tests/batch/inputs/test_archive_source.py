"""A PACS as input of a batch: DICOMweb against a real Orthanc."""

import pickle
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from orthanc import Orthanc
from pacs_films import film, write_config
from pleura.batch.errors import StoreError
from pleura.batch.inputs import open_source
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.batch.studies import StudyChoice
from pleura.core.errors import UnreadableImage
from pleura.image.read import read_content
from pleura.pacs.errors import PacsError

STUDIES = ("1.2.3", "1.2.3.4", "1.2.30")


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory):
    with Orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        running.send(*(film(study, number) for study in STUDIES for number in (1, 2)))
        yield running


def test_the_films_of_the_studies_of_a_day_are_listed_and_fetched_by_any_process(orthanc, tmp_path):
    config = write_config(tmp_path, orthanc, "dicomweb")
    source = pickle.loads(pickle.dumps(open_source(str(config), StudyChoice(date="20200101-20200131"))))
    items = list(source.items())
    wanted = [f"{study}/{study}.1/{study}.1.{number}" for study in STUDIES for number in (1, 2)]
    assert [item.identity for item in items] == sorted(wanted)
    assert read_content(source.fetch(items[0]), items[0].identity).pixels.shape == (96, 80)


def test_a_film_that_went_from_the_pacs_is_refused_alone_and_a_pacs_that_went_ends_the_run(orthanc, tmp_path):
    orthanc.send(film("1.2.99", 1), film("1.2.99", 2))
    config = write_config(tmp_path, orthanc, "dicomweb")
    # A short patience for the end of this test.
    config.write_text(config.read_text().replace("attempts = 20", "attempts = 2"))
    source = open_source(str(config), StudyChoice(study="1.2.99"))
    gone, other = source.items()
    orthanc.remove("1.2.99.1.1")
    with pytest.raises(UnreadableImage, match="does not give it") as raised:
        source.fetch(gone)
    assert raised.value.code == "unreadable"
    assert source.fetch(other)
    orthanc.stop()
    try:
        with pytest.raises(StoreError):
            source.fetch(other)
    finally:
        orthanc.start()
    assert source.fetch(other)


class Failing(BaseHTTPRequestHandler):
    """A PACS that has lost its disk."""

    def do_GET(self) -> None:
        self.send_error(500)

    def log_message(self, *_) -> None:
        pass


def test_a_pacs_that_fails_at_all_it_is_asked_ends_the_run_and_refuses_no_film(orthanc, tmp_path):
    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = write_config(tmp_path, orthanc, "dicomweb", web_url=f"http://127.0.0.1:{server.server_port}")
        source = open_source(str(config), StudyChoice(study="1.2.3"))
        with pytest.raises(StoreError, match="HTTP 500"):
            source.fetch(Item("1.2.3/1.2.3.1/1.2.3.1.1", "1.2.3/1.2.3.1/1.2.3.1.1/1.2", None, None))
        server.shutdown()


def test_a_query_that_finds_nothing_and_a_config_for_dimse_are_told(orthanc, tmp_path):
    config = write_config(tmp_path, orthanc, "dicomweb")
    with pytest.raises(BatchInputError, match="no film"):
        list(open_source(str(config), StudyChoice(date="19990101")).items())
    with pytest.raises(PacsError, match="no study was named"):
        open_source(str(config))
    config = write_config(tmp_path, orthanc, "dimse")
    with pytest.raises(BatchInputError, match="reads by dimse"):
        list(open_source(str(config), StudyChoice(date="20200102")).items())
