"""Databases of both kinds, empty for every test, and one service for all tests that leave it as it is."""

import pytest
from sqlalchemy import text

from models import make_model
from pleura.serve.state.database import Database, sqlite_url
from postgres import running_postgres
from serving import Serving


@pytest.fixture(scope="session")
def postgres_url():
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The address of an empty database; that of PostgreSQL is emptied before each test."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "pleura.sqlite")
    url = request.getfixturevalue("postgres_url")
    database = Database(url)
    with database.writing() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return url


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture(scope="session")
def bright_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("bright") / "m.onnx"
    make_model(path)
    return path


@pytest.fixture(scope="session")
def serving(tmp_path_factory, bright_model):
    with Serving(tmp_path_factory.mktemp("serving"), bright_model) as running:
        yield running
