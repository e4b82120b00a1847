"""The process that decodes for another one: reads a task, decodes, answers, until nobody asks any more.

It runs decoders that are written in C on files that may be hostile, so it may crash, hang or fill its memory:
`apart.py` starts it anew then, and a single film is lost.
"""

import errno
import os
import resource
import select
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pleura.core.errors import UnreadableImage
from pleura.image.messages import Message, get, put_pixels, receive, send

ROOM = 256 << 20
"""Bytes that a decoder may take whatever the size of the film."""
ROOM_A_SAMPLE = 40
"""Bytes more for every sample: OpenJPEG holds some copies of 4 bytes each, Pillow pages and their conversions."""
_LOOK_UP_S = 5.0
_GRACE_S = 2.0
_STATM = Path("/proc/self/statm")


def serve(link: int, store: int, parent: int, first: str) -> None:
    """Answer tasks from a socket until it closes.

    Args:
        link: file descriptor of the socket.
        store: file descriptor of the shared bytes.
        parent: the process that asks; this one ends with it.
        first: the task to be ready for.
    """
    # A core file would hold the film.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=link) as asked:
        _TASKS[first]()
        send(asked, {"ready": True})
        while _is_asked(asked, parent):
            try:
                task = receive(asked)
            except EOFError:
                return
            # Should nobody be left to end a decoder that hangs, the system does.
            signal.setitimer(signal.ITIMER_REAL, float(task["seconds"]) + _GRACE_S)
            # A module that does not load is no fault of the film: this process ends, and the next one does not start.
            answer = _answer(_TASKS[task["task"]](), task, store)
            signal.setitimer(signal.ITIMER_REAL, 0)
            send(asked, answer)


def _is_asked(asked: socket.socket, parent: int) -> bool:
    """Wait for a task; False once the process that asked is gone, even if a fork of it holds the socket open."""
    while not select.select([asked], [], [], _LOOK_UP_S)[0]:
        if os.getppid() != parent:
            return False
    return True


def _answer(work: "Task", task: Message, store: int) -> Message:
    try:
        return work(task, get(store, task["length"]), store)
    except UnreadableImage as error:
        return {"refusal": error.refusal.value, "reason": error.reason, "remedy": error.remedy}
    except OSError as error:
        return {"failure": type(error).__name__, "no_room": error.errno == errno.EFBIG}
    except BaseException as error:
        # The panics of libraries in Rust are no `Exception`. Messages may quote the film: only their kind is told.
        return {"failure": type(error).__name__}
    finally:
        _confine(None)


def _confine(samples: int | None) -> None:
    """Limit the memory that may be taken beyond what is in use, by the declared size; None lifts the limit."""
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    soft = most
    if samples is not None and _STATM.exists():
        used = int(_STATM.read_text("ascii").split()[5]) * resource.getpagesize()
        soft = used + ROOM + ROOM_A_SAMPLE * samples
        soft = soft if most == resource.RLIM_INFINITY else min(soft, most)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, most))


Task = Callable[[Message, bytes, int], Message]


def _dicom() -> Task:
    from pleura.image.compressed import CODECS
    from pleura.image.layout import Layout

    def decode(task: Message, content: bytes, store: int) -> Message:
        layout = Layout.from_plain(task["layout"])
        _confine(layout.rows * layout.columns * layout.samples)
        return put_pixels(store, CODECS[layout.syntax](content, layout))

    return decode


def _picture() -> Task:
    from pleura.image.picture import read_picture
    from pleura.image.sniff import Kind

    def decode(task: Message, content: bytes, store: int) -> Message:
        picture = read_picture(content, Kind(task["kind"]), "", _confine)
        notes: list[Any] = [[note.code, note.text] for note in picture.notes]
        return {**put_pixels(store, picture.stored), "bits": picture.bits, "notes": notes}

    return decode


_TASKS: dict[str, Callable[[], Task]] = {"dicom": _dicom, "picture": _picture}
"""The tasks, each of which imports what it needs when it is first asked for."""
