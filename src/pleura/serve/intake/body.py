"""The body of a request, streamed to disk: one raw film, or the parts of a multipart message."""

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from pleura.serve.config import Limits
from pleura.serve.errors import ServeError
from pleura.serve.folder import DataFolder
from pleura.serve.intake.upload import Received, Writing

Headers = dict[str, str]
"""The headers of one part, names in small letters."""
Takes = Callable[[Headers], bool]
_MOST_FIELDS, _MOST_DIGITS = 100, 18


async def receive(request: Request, folder: DataFolder, limits: Limits, takes: Takes) -> list[Received]:
    """Write what a request holds into files under `folder.incoming`; none is left if this fails.

    Args:
        request: a multipart message, or one film as its whole body.
        folder: takes the files.
        limits: of size and number.
        takes: which parts of a multipart message are films, by their headers; the others are dropped.

    Raises:
        ServeError: 413 over the limits, 400 for a body that is malformed,
            507 where the disk fills up while it comes.
        OSError: the disk is full.
    """
    _check_length(request.headers.get("content-length", ""), limits)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    sink = _Sink(folder, limits, takes)
    try:
        if kind.startswith(b"multipart/"):
            await _parts(request, sink, options.get(b"boundary", b""))
        else:
            sink.begin()
            async for chunk in _chunks(request, limits):
                sink.add(chunk)
            sink.end()
    except ClientDisconnect as error:
        sink.drop()
        raise ServeError(HTTPStatus.BAD_REQUEST, "broken_off", "the request broke off", "Send it again.") from error
    except BaseException:
        sink.drop()
        raise
    return sink.received


async def _parts(request: Request, sink: "_Sink", boundary: bytes) -> None:
    if not boundary:
        raise _malformed("its multipart body names no boundary")
    parser = _parser(sink, boundary)
    try:
        async for chunk in _chunks(request, sink.limits):
            parser.write(chunk)
        parser.finalize()
    except MultipartParseError as error:
        raise _malformed("its multipart body is damaged") from error
    if not sink.ended:
        raise _malformed("its multipart body breaks off")


async def _chunks(request: Request, limits: Limits) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limits.upload_bytes:
            raise _too_large(f"the request has over {limits.upload_mib} MiB")
        yield chunk


def _check_length(declared: str, limits: Limits) -> None:
    """Say no before anything of a body is read that says itself that it is too large."""
    # Not as a number before it is known to be short: reading a huge one takes long.
    if declared.isdecimal() and (len(declared) > _MOST_DIGITS or int(declared) > limits.upload_bytes):
        raise _too_large(f"the request has over {limits.upload_mib} MiB")


def _too_large(reason: str) -> ServeError:
    remedy = "Send fewer films at once, or a ZIP."
    return ServeError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", reason, remedy)


def _malformed(reason: str) -> ServeError:
    return ServeError(HTTPStatus.BAD_REQUEST, "malformed_request", reason, "Send it again.")


class _Sink:
    """Takes the parts of one request and writes those that are films."""

    def __init__(self, folder: DataFolder, limits: Limits, takes: Takes) -> None:
        self.limits, self._folder, self._takes = limits, folder, takes
        self.received: list[Received] = []
        self.ended = False
        self._open: Writing | None = None
        self._headers: Headers = {}
        self._name, self._value = b"", b""
        self._parts = 0

    def begin(self) -> None:
        if len(self.received) >= self.limits.files:
            raise _too_large(f"the request has over {self.limits.files} files")
        most = (self.limits.film_bytes, self.limits.upload_bytes)
        self._open = Writing(self._folder.new_incoming(), len(self.received), most)

    def add(self, data: bytes) -> None:
        if self._open is not None:
            self._folder.check_space(self.limits)
            self._open.write(data)

    def end(self) -> None:
        if self._open is not None:
            self.received.append(self._open.end())
            self._open = None

    def drop(self) -> None:
        if self._open is not None:
            self._open.drop()
        for one in self.received:
            one.path.unlink(missing_ok=True)

    def begin_part(self) -> None:
        self._parts += 1
        if self._parts > self.limits.files + _MOST_FIELDS:
            raise _too_large(f"the request has over {self.limits.files} files, or over {_MOST_FIELDS} other parts")
        self._headers, self._name, self._value = {}, b"", b""

    def end_header(self) -> None:
        self._headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._name, self._value = b"", b""

    def end_headers(self) -> None:
        if self._takes(self._headers):
            self.begin()

    def add_name(self, data: bytes) -> None:
        self._name += data

    def add_value(self, data: bytes) -> None:
        self._value += data

    def end_all(self) -> None:
        self.ended = True


def _parser(sink: _Sink, boundary: bytes) -> MultipartParser:
    return MultipartParser(
        boundary,
        {
            "on_part_begin": sink.begin_part,
            "on_header_field": lambda data, start, end: sink.add_name(data[start:end]),
            "on_header_value": lambda data, start, end: sink.add_value(data[start:end]),
            "on_header_end": sink.end_header,
            "on_headers_finished": sink.end_headers,
            "on_part_data": lambda data, start, end: sink.add(data[start:end]),
            "on_part_end": sink.end,
            "on_end": sink.end_all,
        },
    )
