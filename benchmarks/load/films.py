"""Films for a service under load: no two alike, for the same film again is the job that is there."""

import itertools
import struct
import tempfile
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

from bench_films import bench_films

_PNG_HEAD_BYTES = 8 + 25
"""Signature and IHDR (PNG, section 11.2.2): a comment may follow."""
_PREAMBLE_BYTES = 128
"""Ours to fill (PS3.10 section 7.1): the film behind it stays the same."""


class Supply:
    """Gives film after film, from several threads; each differs from all before in bytes that are no picture.

    Args:
        kinds: contents that are given in turn.
    """

    def __init__(self, kinds: list[bytes]) -> None:
        self.kinds = kinds
        self._numbers: Iterator[int] = itertools.count(1)
        self._lock = threading.Lock()

    def next(self) -> bytes:
        """A film of the kind whose turn it is."""
        number = self._number()
        return numbered(self.kinds[number % len(self.kinds)], number)

    def anew(self, content: bytes) -> bytes:
        """Another film with the picture of this one."""
        return numbered(content, self._number())

    def _number(self) -> int:
        with self._lock:
            return next(self._numbers)


def numbered(content: bytes, number: int) -> bytes:
    """The same film with a number where nobody looks: DICOM's preamble, or a comment of a PNG or JPEG.

    Raises:
        ValueError: no format of these.
    """
    mark = struct.pack(">Q", number)
    if content[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM":
        return mark.ljust(_PREAMBLE_BYTES, b"\0") + content[_PREAMBLE_BYTES:]
    if content.startswith(b"\x89PNG"):
        body = b"tEXtnumber\0" + str(number).encode()
        chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
        return content[:_PNG_HEAD_BYTES] + chunk + content[_PNG_HEAD_BYTES:]
    if content.startswith(b"\xff\xd8"):
        return content[:2] + b"\xff\xfe" + struct.pack(">H", 2 + len(mark)) + mark + content[2:]
    raise ValueError("a number can be put into DICOM, PNG and JPEG only")


def films_of_a_day() -> tuple[Supply, list[str]]:
    """Films as a department sends them, in turn, and what they are: two of 1024 x 1024 and one of 1955 x 1841."""
    with tempfile.TemporaryDirectory() as folder:
        films = {name: path.read_bytes() for name, path in bench_films(Path(folder)).items() if "3000" not in name}
    return Supply(list(films.values())), list(films)


def poison() -> dict[str, bytes]:
    """Ten films that do harm or are damaged, by what they are; made by the tests' own makers."""
    # On the path since `service` is.
    from pydicom.uid import JPEG2000Lossless, JPEGLSLossless

    from bad_films import cut, deadly, dicom, garbage_in, noise, of_class, picture, slow_to_decode

    makers = {
        "ends its decoder's process": deadly,
        "takes longer to decode than it may": slow_to_decode,
        "noise in JPEG 2000": garbage_in(JPEG2000Lossless),
        "noise in JPEG-LS": garbage_in(JPEGLSLossless),
        "DICOM that breaks off": cut(dicom()),
        "PNG that breaks off": cut(picture(noise())),
        "a CT slice by its class": of_class("2"),
        "no rows": dicom(Rows=0),
        "an unknown photometric interpretation": dicom(PhotometricInterpretation="NONE"),
        "more bits stored than allocated": dicom(BitsStored=17),
    }
    return {name: make() for name, make in makers.items()}
