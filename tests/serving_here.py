"""A real service in the process of the test, over real HTTP, whose films wait: it has no workers."""

import contextlib
import threading

import httpx

from pleura.serve.config import ServeConfig, changed
from pleura.serve.service import opened_service
from pleura.serve.state.claims import Outcome, claim_next, finish
from pleura.serve.state.job import Status
from pleura.serve.web.server import listening, server_of
from serving import until


class Here:
    """A service that answers: `http` asks it without a token, `ask` with one."""

    def __init__(self, service, server, address) -> None:
        self.service, self.server, self.address = service, server, address
        self.http = httpx.Client(base_url=address, timeout=60, trust_env=False)

    def ask(self, method, path, token, **content):
        return self.http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **content)

    def send(self, *contents, token=None):
        """Send films in one request; gives the answer."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        files = [("files", ("Doe^Jane.png", content)) for content in contents]
        return self.http.post("/api/v1/films", files=files, headers=headers)

    def audit(self):
        """Who did what, with which answer."""
        with self.service.database.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql("SELECT who, what, outcome FROM audit").all()]

    def end_next(self, status=Status.FAILED):
        """End the film that waits longest, as a worker would, and give its job; wait for one where none does."""
        claim = until(lambda: claim_next(self.service.database, "test", 60))
        refusal = {"code": "test", "reason": "it was ended by a test", "remedy": "None is needed."}
        assert finish(self.service.database, claim, Outcome(status, {"refusal": refusal, "urgency": 0.9}))
        return claim.job


@contextlib.contextmanager
def serving_here(folder, model, **changes):
    """Answer on a free port of loopback, by the very server that `pleura serve` runs."""
    config = changed(ServeConfig(), {"data": folder, "model": model, "gate": False, "port": 0, **changes})
    with opened_service(config) as service, listening(config) as listener:
        server = server_of(service)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        here = Here(service, server, f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            until(lambda: server.started or not thread.is_alive())
            assert server.started
            yield here
        finally:
            here.http.close()
            server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()
