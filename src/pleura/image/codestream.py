"""The size that a compressed frame declares itself, and whether it has an end, before a decoder sees it."""

import struct

# ITU-T T.81 table B.1: start of frame, all but DHT (C4), JPG (C8) and DAC (CC); F7 is JPEG-LS (T.87).
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_START_OF_SCAN = 0xDA
_END = b"\xff\xd9"
_CODESTREAM_2000 = b"\xff\x4f\xff\x51"


def has_end(frame: bytes) -> bool:
    """Whether a JPEG, JPEG-LS or JPEG 2000 stream closes with its end marker; padding may follow it.

    Writers pad to an even length with 00, and some with FF.
    """
    return frame.rstrip(b"\0\xff").endswith(_END)


def declared_size(frame: bytes) -> tuple[int, int] | None:
    """Rows and columns by the stream's own header; None where it has none that can be read."""
    try:
        at = frame.find(_CODESTREAM_2000)
        return _size_2000(frame, at + 4) if at >= 0 else _size_jpeg(frame)
    except struct.error:
        return None


def _size_2000(frame: bytes, at: int) -> tuple[int, int]:
    """The SIZ segment (ITU-T T.800 A.5.1)."""
    right, bottom, left, top = struct.unpack_from(">4L", frame, at + 4)
    return bottom - top, right - left


def _size_jpeg(frame: bytes) -> tuple[int, int] | None:
    """The frame header (ITU-T T.81 B.2.2)."""
    at = 0
    while at + 4 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in _START_OF_FRAME:
            rows, columns = struct.unpack_from(">HH", frame, at + 5)
            return rows, columns
        if marker == _START_OF_SCAN:
            return None
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + struct.unpack_from(">H", frame, at + 2)[0]
    return None
