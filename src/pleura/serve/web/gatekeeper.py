"""Stands before every request: who asks, from where, how often; and what every answer carries."""

import re
import time
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pleura.core.address import is_loopback
from pleura.serve.errors import ServeError
from pleura.serve.service import Service
from pleura.serve.state.audit import Deed, log_deed
from pleura.serve.web.answers import error_answer
from pleura.serve.web.context import LOCAL, NOBODY, Caller
from pleura.serve.web.identity import Identity
from pleura.serve.web.metrics import Metrics
from pleura.serve.web.rate import Rate
from pleura.serve.web.request_body import Body

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STRICT_TRANSPORT = "max-age=31536000"
_OTHER_BODY_BYTES = 48 << 20
_UPLOADS = ("/api/v1/films", "/dicomweb/studies")
_NOT_LOGGED = ("/thumbnail.png", "/probability.png", "/events", "/model", "/openapi.json")
"""Ends of paths under the API that show nothing that the list or the film has not shown."""
_LOGGED = ("/api/", "/dicomweb/")
_JOB_ID = re.compile(r"[0-9a-f]{32}")


class Gatekeeper:
    """ASGI middleware around the whole application.

    Where no token is needed the service is for this machine alone: then the Host header must name it, so that no
    foreign page reaches it by a name of its own (DNS rebinding), and no other site may send anything (CSRF).
    """

    def __init__(self, app: ASGIApp, service: Service, metrics: Metrics) -> None:
        self._app, self._config, self._database, self._metrics = app, service.config, service.database, metrics
        self._identity = Identity(service.config, service.folder.salt)
        self._rate = Rate(service.config.limits.requests_a_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, begun, overruled = time.perf_counter(), False, False
        # Uploads count for themselves.
        body = Body(receive, self._config.limits, None if scope["path"] in _UPLOADS else _OTHER_BODY_BYTES)

        async def answer_on(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                # Written first: what cannot be logged is not shown.
                await self._audit(scope, message["status"])
                begun = True
                self._dress(MutableHeaders(raw=message["headers"]), scope)
                self._metrics.count(scope, message["status"], time.perf_counter() - started)
            await send(message)

        async def send_on(message: Message) -> None:
            nonlocal overruled
            if body.problem is not None and not begun:
                # The framework answers whatever goes wrong with a body by 400.
                overruled = True
                await error_answer(body.problem)(scope, receive, answer_on)
            elif not overruled:
                await answer_on(message)

        try:
            await self._check(scope)
            await self._app(scope, body, send_on)
        except Exception as error:
            answer = error_answer(error)
            if begun:
                raise ConnectionAbortedError("the answer broke off") from None
            try:
                await answer(scope, receive, answer_on)
            except Exception as second:
                await error_answer(second)(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        caller = await self._identity.caller(headers.get("authorization", ""))
        scope.setdefault("state", {})["caller"] = caller
        self._rate.count(caller.name if caller.name and caller != LOCAL else self._address(scope, headers))
        if self._config.is_open:
            _check_local(headers)

    def _address(self, scope: Scope, headers: Headers) -> str:
        # A proxy may add a line of its own behind the sender's; the last entry is the one that our own proxy wrote.
        forwarded = ",".join(headers.getlist("x-forwarded-for")) if self._config.proxied else ""
        return forwarded.split(",")[-1].strip() or str((scope.get("client") or ("unknown",))[0])

    async def _audit(self, scope: Scope, status: int) -> None:
        path = scope["path"]
        if not path.startswith(_LOGGED) or path.endswith(_NOT_LOGGED):
            return
        caller: Caller = scope["state"].get("caller", NOBODY)
        route = getattr(scope.get("route"), "path", "unknown")
        job = str(scope.get("path_params", {}).get("job_id", ""))
        # What is no id of ours may be anything, also a patient's.
        about = job if _JOB_ID.fullmatch(job) else ""
        deed = Deed(caller.name or "nobody", f"{scope['method'][:8]} {route}"[:64], about, str(status))
        await run_in_threadpool(log_deed, self._database, deed)

    def _dress(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in _HEADERS.items():
            headers[name] = value
        # A browser that guesses how long the page's modules hold would mix those of two versions.
        headers.setdefault("Cache-Control", "no-store" if scope["path"].startswith(_LOGGED) else "no-cache")
        if self._config.tls_certificate is not None or self._config.proxied:
            headers["Strict-Transport-Security"] = _STRICT_TRANSPORT


def _check_local(headers: Headers) -> None:
    host = headers.get("host", "")
    if not is_loopback(urlsplit(f"//{host}").hostname or ""):
        reason = "the service is for this machine alone, and the request names another host"
        raise ServeError(HTTPStatus.MISDIRECTED_REQUEST, "host", reason, "Open it as http://127.0.0.1.")
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != host
    if foreign or headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        reason = "the request comes from a page of another site"
        raise ServeError(HTTPStatus.FORBIDDEN, "origin", reason, "Use the service's own page.")
