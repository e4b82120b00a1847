"""TLS to a real PostgreSQL: its certificate and its name are checked, or nothing is said to it."""

import pytest
from sqlalchemy import make_url

from pacs_films import make_certificates
from pleura.serve.errors import ServeConfigError
from pleura.serve.state.database import Database
from pleura.serve.state.tls import tls_of
from postgres import postgres


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """The address of a cluster that takes TLS and clear, its certificate, and one of somebody else."""
    folder = tmp_path_factory.mktemp("certificates")
    certificate, key, _ = make_certificates(folder / "database")
    other, _, _ = make_certificates(folder / "other")
    with postgres() as cluster:
        cluster.stop()
        cluster.secure(certificate, key)
        cluster.start()
        yield cluster.url, certificate, other


def is_secret(url):
    database = Database(url)
    try:
        database.migrate()
        with database.reading() as connection:
            query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            return connection.exec_driver_sql(query).scalar_one()
    finally:
        database.close()


def test_a_database_whose_certificate_is_vouched_for_is_spoken_to_under_tls(secured):
    url, certificate, _ = secured
    assert is_secret(f"{url}?sslmode=verify-full&sslrootcert={certificate}")
    assert is_secret(f"{url}?sslrootcert={certificate}")
    assert not is_secret(f"{url}?sslmode=disable")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_another_certificate_or_another_name_is_refused(secured, name):
    url, certificate, other = secured
    authority = other if name == "127.0.0.1" else certificate
    with pytest.raises(ServeConfigError, match="cannot be opened"):
        is_secret(f"{url.replace('127.0.0.1', name)}?sslmode=verify-full&sslrootcert={authority}")


@pytest.mark.parametrize("query", ["sslmode=require", "sslmode=prefer", "sslmode=disable&sslrootcert=x"])
def test_no_mode_that_checks_nothing_is_taken(query):
    with pytest.raises(ServeConfigError, match="sslmode"):
        tls_of(make_url(f"postgresql://u:SECRET@h/d?{query}"))


def test_certificates_that_cannot_be_read_are_told_without_the_address(tmp_path):
    with pytest.raises(ServeConfigError, match="sslrootcert") as told:
        tls_of(make_url(f"postgresql://u:SECRET@h/d?sslmode=verify-full&sslrootcert={tmp_path}/none.pem"))
    assert "SECRET" not in str(told.value)


def test_what_else_the_address_says_stays():
    rest, context = tls_of(make_url("postgresql://u:p@h:5/d?sslmode=disable&application_name=x"))
    assert context is False
    assert rest == make_url("postgresql://u:p@h:5/d?application_name=x")
