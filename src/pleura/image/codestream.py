"""What a compressed frame declares itself, and whether it has an end, before a decoder sees it."""

import struct
from dataclasses import dataclass

# ITU-T T.81 table B.1: start of frame, all but DHT (C4), JPG (C8) and DAC (CC); F7 is JPEG-LS (T.87).
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_START_OF_SCAN = 0xDA
_END = b"\xff\xd9"
_TAIL = 4096
_JPEG = b"\xff\xd8"
_CODESTREAM_2000 = b"\xff\x4f\xff\x51"


def has_end(frame: bytes) -> bool:
    """Whether a JPEG, JPEG-LS or JPEG 2000 stream closes with its end marker; padding may follow it.

    Writers pad to an even length with 00, and some with FF.
    """
    # The last bytes tell it of nearly every film: stripping the whole copies it.
    return (frame[-_TAIL:].rstrip(b"\0\xff") or frame.rstrip(b"\0\xff")).endswith(_END)


@dataclass(frozen=True)
class Declared:
    """The size, the samples a pixel and the bits a sample of a compressed frame, by its own header."""

    rows: int
    columns: int
    samples: int
    bits: int


def declared(frame: bytes) -> Declared | None:
    """Read the header of a JPEG, JPEG-LS or JPEG 2000 stream; None where it has none that can be read."""
    try:
        # The numbers of a JPEG-LS picture may look like the start of a JPEG 2000 one, so its own start decides.
        if frame.startswith(_JPEG):
            return _declared_jpeg(frame)
        at = frame.find(_CODESTREAM_2000)
        return _declared_2000(frame, at) if at >= 0 else None
    except struct.error:
        return None


def _declared_2000(frame: bytes, at: int) -> Declared:
    """The SIZ segment (ITU-T T.800 A.5.1): capabilities, four corners, four of the tiles, then components."""
    right, bottom, left, top = struct.unpack_from(">4L", frame, at + 8)
    samples, depth = struct.unpack_from(">HB", frame, at + 40)
    return Declared(bottom - top, right - left, samples, (depth & 0x7F) + 1)


def _declared_jpeg(frame: bytes) -> Declared | None:
    """The frame header (ITU-T T.81 B.2.2)."""
    at = 0
    while at + 4 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in _START_OF_FRAME:
            bits, rows, columns, samples = struct.unpack_from(">BHHB", frame, at + 4)
            return Declared(rows, columns, samples, bits)
        if marker == _START_OF_SCAN:
            return None
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", frame, at + 2)[0]
    return None
