"""Does the service in this container answer? Exit code 0 where it does, and 1 where it does not."""

import os
import ssl
import sys
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

_WAIT_S = 5


def main() -> int:
    """Ask the address in PLEURA_HEALTH, or the service's own default."""
    address = os.environ.get("PLEURA_HEALTH", "http://127.0.0.1:8080/livez")
    # Asked over loopback, where the certificate names another host; nothing secret is sent.
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        with build_opener(ProxyHandler({}), HTTPSHandler(context=trusting)).open(address, timeout=_WAIT_S) as answer:
            return 0 if answer.status == 200 else 1
    except (URLError, OSError, ValueError):
        return 1


if __name__ == "__main__":
    sys.exit(main())
