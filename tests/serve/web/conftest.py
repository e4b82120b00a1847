"""One service that tests share which leave it as it is."""

import pytest

from models import make_model
from serving import Serving


@pytest.fixture(scope="session")
def bright_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("bright") / "m.onnx"
    make_model(path)
    return path


@pytest.fixture(scope="session")
def serving(tmp_path_factory, bright_model):
    with Serving(tmp_path_factory.mktemp("serving"), bright_model) as running:
        yield running
