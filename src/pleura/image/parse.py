"""From a file's bytes to a DICOM data set: parsed with limits, nothing decoded yet."""

import io
import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.quiet import ignoring
from pleura.core.types import Note

MOST_INFLATED = 256 << 20
"""Bytes that a deflated data set may grow to: twice the largest film that is read."""

_LOGGERS = ("pydicom", "pydicom.pixels.decoders.base", "pydicom.pixels.utils")
_META_START = 132
_PIXEL_DATA = 0x7FE00010
_REMEDY = "Export the film again from its archive, uncompressed."

# What pydicom is known to raise on files that are damaged or hostile; its messages may quote the header's
# values, names among them, so they are never passed on.
PYDICOM_ERRORS = (
    InvalidDicomError,
    BytesLengthException,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    EOFError,
    OSError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    AssertionError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Parsed:
    """A data set and how its pixels are stored; `pixels_begun` is true even where they break off."""

    dataset: Dataset
    syntax: UID
    media_class: str
    pixels_begun: bool
    notes: tuple[Note, ...]


@contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Silence pydicom on odd values, which its warnings and log lines quote; what is used is checked here.

    Threads enter one after the other.
    """

    def drop(_record: logging.LogRecord) -> bool:
        return False

    with ignoring(r"pydicom\."):
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(drop)
        try:
            yield
        finally:
            for name in _LOGGERS:
                logging.getLogger(name).removeFilter(drop)


def parse(content: bytes, path: str) -> Parsed:
    """Parse a whole file; a missing preamble is accepted here, the caller has judged it.

    Raises:
        UnreadableImage: `malformed`, or `too_large` for a deflated data set that outgrows `MOST_INFLATED`.
    """
    begun: list[int] = []

    def notice_pixels(tag: BaseTag, vr: str | None, length: int) -> bool:
        if tag == _PIXEL_DATA:
            begun.append(length)
        return False

    try:
        meta = _meta(content)
        if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
            dataset: Dataset = _inflated(content, meta, path)
            begun.extend([0] if _PIXEL_DATA in dataset else [])
        else:
            dataset = read_partial(io.BytesIO(content), notice_pixels, force=True)
        media_class = str(meta.get("MediaStorageSOPClassUID", ""))
        declared = meta.get("TransferSyntaxUID")
        syntax = _syntax(dataset, declared)
    except PYDICOM_ERRORS as error:
        reason = f"its DICOM structure is broken ({type(error).__name__})"
        raise UnreadableImage(path, Refusal.MALFORMED, reason, _REMEDY) from error
    notes = () if declared else (Note("transfer_syntax_missing", "The transfer syntax had to be inferred."),)
    return Parsed(dataset, syntax, media_class, bool(begun), notes)


def _meta(content: bytes) -> FileMetaDataset:
    """The file meta information (PS3.10 section 7.1); empty where there is none."""
    start = _META_START if content[_META_START - 4 : _META_START] == b"DICM" else 0
    if content[start : start + 2] != b"\x02\0":
        return FileMetaDataset()
    body = io.BytesIO(content)
    body.seek(start)
    return FileMetaDataset(read_dataset(body, False, True, stop_when=lambda tag, _vr, _length: tag.group != 2))


def _inflated(content: bytes, meta: FileMetaDataset, path: str) -> Dataset:
    """Inflate a deflated data set (PS3.5 section A.5), stopping a bomb before it fills the memory."""
    start = _META_START + 12 + meta.FileMetaInformationGroupLength
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    body = inflater.decompress(content[start:], MOST_INFLATED)
    if inflater.unconsumed_tail:
        reason = f"its deflated data set grows beyond {MOST_INFLATED >> 20} MiB"
        raise UnreadableImage(path, Refusal.TOO_LARGE, reason, _REMEDY)
    return FileDataset("", read_dataset(io.BytesIO(body), False, True), file_meta=meta)


def _syntax(dataset: Dataset, declared: UID | None) -> UID:
    """The syntax of the pixels; a deflated data set's are plain little endian, and a missing one is inferred."""
    if declared == DeflatedExplicitVRLittleEndian:
        return ExplicitVRLittleEndian
    if declared:
        return UID(str(declared))
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian
