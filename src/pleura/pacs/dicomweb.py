"""A PACS by DICOMweb (PS3.18): QIDO-RS to ask, WADO-RS to fetch, STOW-RS to store."""

import functools
import io
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import requests
from dicomweb_client.web import DICOMwebClient
from pydicom import dcmread

from pleura.output.dicom.source import quiet
from pleura.pacs.archive import FILM_CLASSES, ObjectKey, StudyQuery, key_of
from pleura.pacs.config import PacsConfig, Tls, secret
from pleura.pacs.errors import Answered, Busy, Denied, PacsConfigError, PacsError, TlsFailed, Unreachable
from pleura.pacs.film_file import damaged, film_file
from pleura.pacs.tls import client_context, secrecy

ResultT = TypeVar("ResultT")
Found = dict[str, dict[str, Any]]
_STUDY, _SERIES, _OBJECT, _KIND = "0020000D", "0020000E", "00080018", "00080016"
_QUERIED = {"StudyInstanceUID": _STUDY, "StudyDate": "00080020", "AccessionNumber": "00080050"}
_FIELDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID")
_PAGE = 200
_BUSY = (408, 429, 502, 503, 504)
_DENIED = (401, 403, 407)


class WebArchive:
    """One DICOMweb server.

    Raises:
        PacsConfigError: a credential is not in the environment, or a certificate cannot be loaded.
    """

    def __init__(self, config: PacsConfig) -> None:
        web = config.dicomweb
        if web is None:
            raise PacsConfigError("[dicomweb]", "the table is missing")
        self._place, self._secrecy = web.url, secrecy(web.tls if web.url.startswith("https://") else None)
        self._session = requests.Session()
        # The config file alone decides: a proxy, a .netrc or a CA bundle of the environment would go unnoticed.
        self._session.trust_env = False
        # A redirected POST becomes a GET, whose answer looks as if all had gone well; the way may be in clear.
        self._session.max_redirects = 0
        if web.user_env is not None and web.password_env is not None:
            self._session.auth = (secret(web.user_env), secret(web.password_env))
        if web.token_env is not None:
            self._session.auth = _Bearer(secret(web.token_env))
        _secure(self._session, web.tls)
        seconds = (config.timeouts.connect_s, config.timeouts.answer_s)
        self._client = DICOMwebClient(web.url, self._session, timeout=seconds)
        # `Retry` decides what is asked again, and when.
        self._client.set_http_retry_params(retry=False)

    def check(self) -> str:
        """Ask for one study."""
        self._asked(lambda: self._client.search_for_studies(limit=1))
        return f"{self._place} answered QIDO-RS ({self._secrecy})"

    def studies(self, query: StudyQuery) -> list[str]:
        """UIDs of the studies that match, sorted."""

        def page(offset: int) -> list[Found]:
            return self._client.search_for_studies(search_filters=query.tags(), limit=_PAGE, offset=offset)

        told = ({keyword: _value(found, tag) for keyword, tag in _QUERIED.items()} for found in self._paged(page))
        return sorted({one["StudyInstanceUID"] for one in told if query.matches(one)} - {""})

    def films(self, study: str, kinds: Collection[str]) -> list[ObjectKey]:
        """The objects of one study whose kind is a name in `FILM_CLASSES`, sorted."""

        def page(offset: int) -> list[Found]:
            return self._client.search_for_instances(study, fields=_FIELDS, limit=_PAGE, offset=offset)

        wanted = {FILM_CLASSES[kind] for kind in kinds}
        found = self._paged(page)
        keys = {ObjectKey(study, *(_value(one, tag) for tag in (_SERIES, _OBJECT, _KIND))) for one in found}
        return sorted(key for key in keys if key.kind in wanted and key.series and key.uid)

    def fetch(self, key: ObjectKey) -> bytes:
        """One object as a DICOM file, see `film_file`.

        Raises:
            UnreadableImage: the PACS sent it, and it cannot be parsed.
        """
        with _translated(self._place), quiet():
            try:
                dataset = self._client.retrieve_instance(key.study, key.series, key.uid)
            except requests.RequestException:
                raise
            except Exception as error:
                raise damaged(key, error) from error
        return film_file(dataset, key)

    def holds(self, key: ObjectKey) -> bool:
        """Is an object of this UID there?"""
        filters = {"SOPInstanceUID": key.uid}
        found = self._asked(lambda: _found(self._client.search_for_instances(key.study, search_filters=filters)))
        return any(_value(one, _OBJECT) == key.uid for one in found)

    def store(self, content: bytes) -> None:
        """Store one object, given as a DICOM file (PS3.10)."""
        with quiet():
            dataset = dcmread(io.BytesIO(content))
            key = key_of(dataset)
        answer = self._asked(lambda: self._client.store_instances([dataset]))
        if failed := answer.get("FailedSOPSequence"):
            raise Answered(self._place, f"STOW-RS refused it, reason {failed[0].get('FailureReason', 'unknown')}")
        taken = {str(one.get("ReferencedSOPInstanceUID", "")) for one in answer.get("ReferencedSOPSequence") or ()}
        if key.uid not in taken and not self.holds(key):
            raise Busy(self._place, "STOW-RS ended well, and the object is not there")

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _asked(self, request: Callable[[], ResultT]) -> ResultT:
        with _translated(self._place), quiet():
            try:
                return request()
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                if isinstance(error, requests.RequestException):
                    raise
                raise Answered(self._place, f"the answer is no DICOMweb ({type(error).__name__})") from error

    def _paged(self, page: Callable[[int], list[Found]]) -> list[Found]:
        """All that is found, however few a server tells at once."""
        found: list[Found] = []
        while True:
            more = self._asked(functools.partial(_page, page, len(found)))
            # A server that knows no offset tells the same again.
            if not more or all(one in found for one in more):
                return found
            found += more


class _Bearer(requests.auth.AuthBase):
    """A token in the header (RFC 6750), which `requests` takes away on a redirect to another host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _secure(session: requests.Session, tls: Tls) -> None:
    client_context(tls)  # Refuses what cannot be loaded now, and not at the first request.
    session.verify = str(tls.ca_file) if tls.verify and tls.ca_file is not None else tls.verify
    if tls.client_cert is not None:
        session.cert = (str(tls.client_cert), str(tls.client_key))


def _value(found: Found, tag: str) -> str:
    """One value of DICOM JSON (PS3.18 annex F), empty where there is none."""
    values = found.get(tag, {}).get("Value")
    return str(values[0] or "") if isinstance(values, list) and values else ""


def _page(page: Callable[[int], object], offset: int) -> list[Found]:
    return _found(page(offset))


def _found(answer: Any) -> list[Found]:  # noqa: ANN401 - any JSON value
    """An answer to QIDO-RS, whatever came.

    Raises:
        TypeError: it is no list of objects in DICOM JSON.
    """
    whole = isinstance(answer, list) and all(isinstance(one, dict) for one in answer)
    if not whole or not all(isinstance(element, dict) for one in answer for element in one.values()):
        raise TypeError("no DICOM JSON")
    found: list[Found] = answer
    return found


@contextmanager
def _translated(place: str) -> Iterator[None]:
    """Errors of `requests` as our own; their text holds the query, and with it perhaps a patient."""
    try:
        yield
    except requests.exceptions.HTTPError as error:
        status = 0 if error.response is None else error.response.status_code
        raise _refused(place, status) from None
    except requests.exceptions.SSLError:
        raise TlsFailed(place, "no trust: the certificate, or the port speaks no TLS") from None
    except requests.exceptions.TooManyRedirects:
        raise Answered(place, "a redirect, which is not followed: give the address that it leads to") from None
    except requests.exceptions.JSONDecodeError:
        raise Answered(place, "the answer is no DICOM JSON") from None
    except requests.exceptions.Timeout:
        raise Unreachable(place, "no answer in time") from None
    except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError):
        raise Unreachable(place, "no connection, or lost in the middle") from None
    except requests.exceptions.RequestException as error:
        raise Answered(place, f"the answer is no HTTP of ours ({type(error).__name__})") from None


def _refused(place: str, status: int) -> PacsError:
    if status in _DENIED:
        remedy = "Check user, password or token, and what they may do."
        return Denied(place, f"HTTP {status}", remedy)
    return Busy(place, f"HTTP {status}") if status in _BUSY else Answered(place, f"HTTP {status}")
