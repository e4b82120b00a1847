"""One Orthanc for all tests that leave it running, and a small network to read with."""

import pytest

from models import make_model
from orthanc import Orthanc
from pleura.predict import Predictor


@pytest.fixture(scope="session")
def orthanc(tmp_path_factory):
    with Orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        yield running


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model") / "m.onnx")


@pytest.fixture(scope="session")
def predictor(model):
    return Predictor(model)
