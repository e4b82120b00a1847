"""Addresses that only this machine reaches."""

import re
from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Does only this machine reach the address?"""
    if re.fullmatch(r"localhost", host, re.IGNORECASE):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
