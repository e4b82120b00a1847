"""Which addresses only this machine reaches."""

import pytest

from pleura.core.address import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"])
def test_loopback_is_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.0.0.1.example", "pacs"])
def test_every_other_address_is_not(host):
    assert not is_loopback(host)
