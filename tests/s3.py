"""An object store for tests: moto's S3 on loopback, which the real s3fs speaks with."""

import contextlib
import logging

import fsspec
from moto.server import ThreadedMotoServer

KEY, SECRET = "AKIDTEST", "not-a-secret-but-one-to-look-for"


class S3:
    """A running server; `put` and `remove` change what it holds, and the environment leads s3fs to it."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)

    def start(self):
        self._server.start()
        _, port = self._server.get_host_and_port()
        self.address = f"http://127.0.0.1:{port}"
        self.environment = {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.address,
        }

    def stop(self):
        self._server.stop()

    def put(self, url, content):
        bucket = url.removeprefix("s3://").partition("/")[0]
        store = self._store()
        if not store.exists(bucket):
            store.mkdir(bucket)
        store.pipe_file(url, content)

    def remove(self, url):
        self._store().rm_file(url)

    def _store(self):
        return fsspec.filesystem("s3", endpoint_url=self.address, key=KEY, secret=SECRET, use_listings_cache=False)


@contextlib.contextmanager
def running_s3():
    """A server with nothing in it, quiet."""
    logger = logging.getLogger("werkzeug")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    server = S3()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        logger.setLevel(level)
