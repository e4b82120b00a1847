"""Tables as CSV, plain or gzipped, with the header's stray blanks removed."""

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pleura.core.errors import DatasetError

_LONGEST_CELL = min(sys.maxsize, 2**31 - 1)  # the run-length code of one mask may exceed csv's 131,072


@dataclass(frozen=True)
class Table:
    """A CSV file in memory: its path, its columns and its rows as text without surrounding blanks."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]

    @classmethod
    def read(cls, path: Path, required: Sequence[str] = ()) -> Self:
        """Read a `.csv` or `.csv.gz` file in UTF-8, with or without a byte order mark.

        Raises:
            DatasetError: the file cannot be read, a required column is missing, or a row has too many or too
                few cells.
        """
        lines = csv.reader(io.StringIO(_text(path), newline=""))
        columns = tuple(name.strip() for name in next(lines, []))
        missing = [name for name in required if name not in columns]
        if missing:
            found = ", ".join(columns) or "none"
            raise DatasetError(path, f"has no column {missing[0]!r} (found: {found})", "Check the header line.")
        rows = []
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(columns):
                reason = f"line {lines.line_num} has {len(cells)} cells, the header {len(columns)}"
                raise DatasetError(path, reason, "Mend that line.")
            rows.append(dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
        return cls(path, columns, tuple(rows))

    def column(self, names: Sequence[str]) -> str:
        """The first of these columns that is there.

        Raises:
            DatasetError: none is.
        """
        for name in names:
            if name in self.columns:
                return name
        found = ", ".join(self.columns) or "none"
        raise DatasetError(self.path, f"has none of the columns {', '.join(names)} (found: {found})", "Add one.")


def table_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A CSV table in UTF-8 with Unix line ends."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _text(path: Path) -> str:
    csv.field_size_limit(_LONGEST_CELL)
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        return content.decode("utf-8-sig")
    except OSError as error:
        raise DatasetError(path, f"cannot be read: {error.strerror or error}", "Check the path.") from error
    except (EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DatasetError(path, f"is no UTF-8 table: {error}", "Save it as CSV in UTF-8.") from error
