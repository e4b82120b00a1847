"""Decoding in a process apart, so that a decoder that crashes, hangs or fills the memory costs one film.

A process is started when it is first needed and then kept for the films that follow; threads that decode at the
same time have one each. It is spawned, never forked, and ends with this one.
"""

import atexit
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

from pleura.core.errors import EngineError, Refusal, UnreadableImage
from pleura.image.limits import MOST_PIXELS
from pleura.image.messages import Message, Stored, get_pixels, open_store, put, receive, send

DEADLINE_S = 15.0
"""Wall time that a film may take to decode; the largest take two seconds."""
TRIES = 3
"""How many processes may end over a film before it is to blame: one may be killed for want of memory, or by hand."""
_CODES = frozenset(refusal.value for refusal in Refusal)
_START_S = 120.0
_START = "import sys; from pleura.image.child import serve; serve(*map(int, sys.argv[1:4]), sys.argv[4])"
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(128 << 20)}
"""glibc learns to keep memory of a film's size only slowly, and fresh pages cost more than some decoders."""
_REMEDY = "Export the film again, uncompressed."


def decode_apart(task: Message, content: bytes, path: str) -> tuple[Stored, Message]:
    """Decode `content` in a process apart, as `task` says (`child.py` lists the tasks).

    Returns:
        The pixels, (H, W) or (H, W, 3), and the answer they came with.

    Raises:
        UnreadableImage: `decode`, if the decoder fails, crashes `TRIES` times, takes over `DEADLINE_S` or too much
            memory; or what the process itself refuses. `transient` where it takes too long: a machine that is busy
            with much else may be to blame.
        EngineError: no process can be started, or what passes between them finds no room.
    """
    for number in range(TRIES):
        try:
            # Whoever killed one process may have killed idle ones too, which the system notices a little later.
            return _decoded(task, content, path, anew=number > 0)
        except _Ended as ended:
            cause = ended
    raise _undecoded(path, f"it is damaged, its decoder crashes on it ({cause})") from cause


def _decoded(task: Message, content: bytes, path: str, *, anew: bool) -> tuple[Stored, Message]:
    with _children(os.getpid()).lent(str(task["task"]), anew=anew) as child:
        answer = child.ask({**task, "length": len(content), "seconds": DEADLINE_S}, content, path)
        if "shape" in answer:
            try:
                return get_pixels(child.store, answer, MOST_PIXELS), answer
            except ValueError as error:
                raise _undecoded(path, "its decoder answers with no pixels") from error
    if answer.get("no_room") is True and resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY:
        raise _no_room("File too large")
    raise _refused(path, answer)


def prepare(task: str) -> None:
    """Have a process ready for a task: it starts up while this one is busy with something else.

    Raises:
        EngineError: no process can be started.
    """
    with _children(os.getpid()).lent(task):
        pass


def _refused(path: str, answer: Message) -> UnreadableImage:
    """What the process says against the film; it is taken for data, as it may have been taken over."""
    code, reason, remedy = (str(answer.get(key, "")) for key in ("refusal", "reason", "remedy"))
    if code in _CODES and reason.isprintable() and remedy.isprintable():
        return UnreadableImage(path, Refusal(code), reason, remedy)
    failure = str(answer.get("failure", ""))
    return _undecoded(path, f"it is damaged ({failure if failure.isidentifier() else 'unknown'})")


def _undecoded(path: str, reason: str) -> UnreadableImage:
    return UnreadableImage(path, Refusal.DECODE, reason, _REMEDY)


class _Ended(Exception):
    """A process that ended over a film; says how, as `SIGSEGV`."""


class _Child:
    """One process that decodes; used by one thread at a time."""

    def __init__(self, first: str) -> None:
        self._ready = False
        self.store = open_store()
        self._link, theirs = socket.socketpair()
        numbers = [str(number) for number in (theirs.fileno(), self.store, os.getpid())]
        # The working directory may hold films and, among them, modules: it is no place to import from.
        places = os.pathsep.join(place for place in sys.path if place)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, *numbers, first],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), self.store),
                env={**os.environ, **_KEEP_MEMORY, "PYTHONPATH": places},
                # Ctrl-C is for this process: it ends the other one in its own way.
                process_group=0,
            )
        except OSError as error:
            self._link.close()
            os.close(self.store)
            raise _no_start(error.strerror or "unknown") from error
        finally:
            theirs.close()

    def ask(self, task: Message, content: bytes, path: str) -> Message:
        """Set a task and wait for the answer.

        Raises:
            _Ended: the process dies of it.
            UnreadableImage: `decode`, if it takes too long or answers what is no answer.
            EngineError: the process does not come up, or there is no room for the film.
        """
        self._await_start()
        try:
            put(self.store, content)
            send(self._link, task)
            return receive(self._link, task["seconds"])
        except TimeoutError as error:
            self.end()
            late = _undecoded(path, f"decoding it takes over {task['seconds']:g} seconds")
            late.transient = True
            raise late from error
        except (EOFError, ConnectionError) as error:
            self.end()
            died = -(self._process.returncode or 0)
            raise _Ended(signal.Signals(died).name if died in set(signal.Signals) else "ends") from error
        except ValueError as error:
            self.end()
            raise _undecoded(path, "its decoder answers with no pixels") from error
        except OSError as error:
            raise _no_room(error.strerror or "unknown") from error

    def _await_start(self) -> None:
        if self._ready:
            return
        try:
            receive(self._link, _START_S)
        except (EOFError, TimeoutError, ValueError) as error:
            self.end()
            raise _no_start(type(error).__name__) from error
        self._ready = True

    def end(self) -> None:
        """End the process, whatever it does, and leave nothing of it."""
        if self.is_alive:
            self._link.close()
            os.close(self.store)
            self._process.kill()
            self._process.wait()

    @property
    def is_alive(self) -> bool:
        """Whether tasks can still be set."""
        return self._link.fileno() >= 0

    @property
    def is_running(self) -> bool:
        """Whether the process is still there, as far as the system has noticed."""
        return self._process.poll() is None


def _no_start(reason: str) -> EngineError:
    remedy = "Decoders run in a process of their own: let this one start others, and give them 200 MB of memory."
    return EngineError(f"the process that decodes films does not start ({reason})", remedy)


def _no_room(reason: str) -> EngineError:
    """For want of memory, or by a limit on the size of files, which holds in memory too: no fault of the film."""
    what = f"a film on its way to its decoder or back finds no room ({reason})"
    return EngineError(what, "Raise `ulimit -f`, or have more memory.")


class _Children:
    """The processes of this one, each lent to one thread at a time."""

    def __init__(self) -> None:
        self._idle: list[_Child] = []
        self._lock = threading.Lock()
        self._owner = os.getpid()
        atexit.register(self._end)

    @contextlib.contextmanager
    def lent(self, first: str, *, anew: bool = False) -> Iterator[_Child]:
        """Lend an idle process, or a new one that gets ready for the task `first`; with `anew` always a new one."""
        child = (None if anew else self._idle_one()) or _Child(first)
        try:
            yield child
        except UnreadableImage:
            self._take_back(child)
            raise
        except BaseException:
            # It may be in the middle of a film, as after Ctrl-C.
            child.end()
            raise
        self._take_back(child)

    def _idle_one(self) -> _Child | None:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_running:
                    return child
                # It was killed while it had nothing to do, as for want of memory: no film is to blame.
                child.end()
        return None

    def _take_back(self, child: _Child) -> None:
        if child.is_alive:
            with self._lock:
                self._idle.append(child)

    def _end(self) -> None:
        # A fork of this process inherits the list, but not the processes.
        if os.getpid() == self._owner:
            for child in self._idle:
                child.end()


_SETS: dict[int, _Children] = {}


def _children(process: int) -> _Children:
    """One set for each process: a fork must not share the sockets of the one it came from."""
    # `functools.cache` would give two threads that decode their first films together one each, and forget one.
    return _SETS.get(process) or _SETS.setdefault(process, _Children())
