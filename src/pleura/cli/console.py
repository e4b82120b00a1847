"""What every verb shares: how errors end a run, and how progress is shown."""

import importlib.util
import io
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from cyclopts import App, CycloptsError

from pleura.core.errors import PleuraError
from pleura.core.files import DISK_FULL, place_of

EXIT_OK = 0
EXIT_ERROR = 1
"""Wrong usage, or an error that ended the run."""
EXIT_REFUSED = 2
"""The run went to its end, and at least one film was refused."""

_STDOUT, _STDERR = 1, 2

ItemT = TypeVar("ItemT")


def run(app: App, arguments: Sequence[str]) -> int:
    """Run a command line and give its exit code.

    A verb returns its code, or None for success. An error that pleura raises on purpose, or that the file system
    answers with, becomes one line on stderr; any other is a defect and keeps its traceback. Text that the terminal's
    encoding lacks is escaped, and a reader that closes the pipe (`| head`) ends the run without a word.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        # By itself cyclopts would exit with 2 on wrong usage, and 2 means here that a film was refused.
        code = app(list(arguments), result_action="return_int_as_exit_code_else_zero", exit_on_error=False)
    except CycloptsError:
        return EXIT_ERROR
    except PleuraError as error:
        say(f"pleura: {error}")
        return EXIT_ERROR
    except BrokenPipeError:
        # What is still buffered must not fail a second time when the interpreter flushes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except OSError as error:
        if error.filename is None and error.errno not in DISK_FULL:
            raise
        say(f"pleura: {place_of(error)}: {error.strerror}. Check the path, its permissions and the space left.")
        return EXIT_ERROR
    return int(code)


def open_streams() -> None:
    """Have standard streams that are closed (`2>&-`) lead nowhere, here and in processes that are started.

    Else the next files that are opened would get their numbers, and all that libraries print.
    """
    while (handle := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        os.set_inheritable(handle, True)
    os.close(handle)
    sys.stdout = sys.stdout or os.fdopen(_STDOUT, "w", encoding="utf-8")
    sys.stderr = sys.stderr or os.fdopen(_STDERR, "w", encoding="utf-8")


def say(line: str) -> None:
    """Print one line for the person at the terminal, on stderr: stdout is for results."""
    print(line, file=sys.stderr, flush=True)


def need_extra(module: str, extra: str) -> None:
    """Refuse to go on where the packages of an optional extra are not installed.

    Verb modules call this first and import the heavy floor afterwards, inside the function: the command line
    loads every verb's module to explain a mistyped name, and must be able to without torch.

    Raises:
        PleuraError: `module` cannot be imported.
    """
    if importlib.util.find_spec(module) is None:
        raise PleuraError("extra", f"{module} is not installed", f'Run: pip install "pleura[{extra}]".')


def track(items: Iterable[ItemT], label: str, total: int | None = None) -> Iterator[ItemT]:
    """Pass items on and show a progress bar on stderr; no bar where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress

    # Left to itself, rich sends stdout to the terminal of the bar, even where stdout goes into a file.
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        yield from bar.track(items, total=total, description=label)
