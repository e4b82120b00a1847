"""A typed client of the service: send films, follow jobs, fetch files."""

import base64
import json
import ssl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import httpx

from pleura.core.errors import PleuraError
from pleura.serve.state.job import Status
from pleura.serve.state.listing import Sorting
from pleura.serve.web.documents import API, FilmsAccepted, JobDocument, JobList, ReviewDocument

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 2.0
File = Literal["film", "thumbnail", "mask", "probability", "overlay", "finding", "seg", "sr"]


class RequestFailed(PleuraError):
    """The service said no, or did not answer.

    Attributes:
        status: of HTTP; None where nobody answered.
        retry_after: in how many seconds to ask again, where the service says so.
    """

    def __init__(self, status: int | None, words: tuple[str, str, str], retry_after: int | None = None) -> None:
        super().__init__(*words)
        self.status, self.retry_after = status, retry_after


class Client:
    """One service; use it as a context manager, or close it. Every method may raise `RequestFailed`.

    Args:
        address: of the service, as http://127.0.0.1:8080.
        token: what the service knows the caller by; None where it needs none.
        timeout_s: seconds until something more of an answer must come.
        certificates: a file (PEM) that vouches for the service; those of the system where none is given.
    """

    def __init__(
        self, address: str, token: str | None = None, *, timeout_s: float = 60.0, certificates: Path | None = None
    ) -> None:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        trust = ssl.create_default_context(cafile=certificates)
        self._timeout_s = timeout_s
        self._http = httpx.Client(base_url=address, headers=headers, verify=trust)

    def send(self, films: Sequence[Path], wait_s: float = 0.0) -> FilmsAccepted:
        """Send films or ZIPs; what is accepted will end, whatever happens to the service.

        Args:
            films: files.
            wait_s: how long the service may wait for the ends of the jobs before it answers, 60 at the most.

        Raises:
            RequestFailed: none was taken in; with `retry_after` where the queue is full.
            OSError: a file cannot be read.
        """
        opened = [path.open("rb") for path in films]
        try:
            # Numbered: the name of a file may be a patient's.
            parts = [("files", (str(number), file)) for number, file in enumerate(opened)]
            asked = {"wait": f"{wait_s:g}"} if wait_s else {}
            answer = self._done("POST", f"{API}/films", params=asked, files=parts, patience_s=wait_s)
            return FilmsAccepted.model_validate_json(answer.content)
        finally:
            for file in opened:
                file.close()

    def job(self, job: str) -> JobDocument:
        """A job as it stands."""
        return JobDocument.model_validate_json(self._done("GET", f"{API}/jobs/{job}").content)

    def wait(self, job: str, timeout_s: float = 300.0) -> JobDocument:
        """Wait until a job has ended.

        Raises:
            TimeoutError: it has not, in that time.
            RequestFailed: the service no longer knows it, or does not answer.
        """
        end, pause = time.monotonic() + timeout_s, _FIRST_PAUSE_S
        while not (found := self.job(job)).status.has_ended:
            if time.monotonic() > end:
                raise TimeoutError(f"job {job} has not ended after {timeout_s:g} seconds")
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        return found

    def jobs(self, *, status: Status | None = None, order: Sorting = "newest") -> Iterator[JobDocument]:
        """All jobs, page by page."""
        asked: dict[str, str] = {"order": order} | ({} if status is None else {"status": status.value})
        after: dict[str, str] = {}
        while True:
            answer = self._done("GET", f"{API}/jobs", params={**asked, **after})
            page = JobList.model_validate_json(answer.content)
            yield from page.jobs
            if page.next is None:
                return
            after = {"after": page.next}

    def file(self, job: JobDocument, name: File) -> bytes | None:
        """One of a job's files; None where it has none of that name.

        Mask, SEG and SR are those of the newest review where there is one; `file_of_review` gives those of any.
        """
        link = job.links.get(name)
        return None if link is None else self._done("GET", link).content

    def file_of_review(self, review: ReviewDocument, name: Literal["mask", "seg", "sr"]) -> bytes | None:
        """What a reader said as a file; None where the review has none of that name."""
        link = review.links.get(name)
        return None if link is None else self._done("GET", link).content

    def review(
        self,
        job: str,
        verdict: Literal["accepted", "edited", "rejected"],
        reader: str,
        mask: bytes | None = None,
        seen: int | None = None,
    ) -> ReviewDocument:
        """Add a reader's word.

        Args:
            job: on the finding of which job.
            verdict: the word.
            reader: whose it is.
            mask: a PNG of the film's size, above 127 inside; goes with `edited` alone.
            seen: the newest version that the reader knows, 0 for the model's own; None asks for no check.

        Raises:
            RequestFailed: among others 409 `newer`, somebody else's review came meanwhile.
        """
        encoded = None if mask is None else base64.b64encode(mask).decode("ascii")
        body = {"verdict": verdict, "reader": reader, "mask": encoded, "seen": seen}
        answer = self._done("POST", f"{API}/jobs/{job}/reviews", json=body)
        return ReviewDocument.model_validate_json(answer.content)

    def delete(self, job: str) -> None:
        """Cancel a job that waits; delete one that has ended."""
        self._done("DELETE", f"{API}/jobs/{job}")

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _done(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        json: object = None,
        files: object = None,
        patience_s: float = 0.0,
    ) -> httpx.Response:
        timeout = self._timeout_s + patience_s
        try:
            answer = self._http.request(method, path, params=params, json=json, files=files, timeout=timeout)  # type: ignore[arg-type]
        except httpx.HTTPError as error:
            words = ("unreachable", f"the service does not answer ({type(error).__name__})", "Check that it runs.")
            raise RequestFailed(None, words) from error
        if answer.is_success:
            return answer
        raise _failed(answer)


def _failed(answer: httpx.Response) -> RequestFailed:
    told = answer.headers.get("Retry-After", "")
    retry = int(told) if told.isdigit() else None
    try:
        error = json.loads(answer.content)["error"]
        words = (str(error["code"]), str(error["reason"]), str(error["remedy"]))
    except (ValueError, KeyError, TypeError):
        # A proxy in front answers in its own way.
        words = ("http", f"the service answers with status {answer.status_code}", "Ask whoever runs it.")
    return RequestFailed(answer.status_code, words, retry)
