"""Lists of film ids as text, one a line."""

from pathlib import Path

from pleura.core.errors import DatasetError


def read_ids(path: Path) -> frozenset[str]:
    """Read ids, one a line; empty lines are ignored.

    Raises:
        DatasetError: the file cannot be read or names no film.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except UnicodeDecodeError as error:
        raise DatasetError(path, "is no UTF-8 text", "Write one film id a line.") from error
    ids = frozenset(line.strip() for line in lines if line.strip())
    if not ids:
        raise DatasetError(path, "names no film", "Write one film id a line.")
    return ids
