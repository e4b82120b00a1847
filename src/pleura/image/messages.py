"""What passes between this process and one that decodes for it: JSON over a socket, bytes through a shared file.

Neither side runs what the other sends: nothing is unpickled, and no memory is mapped that the other could cut short.
"""

import json
import os
import socket
import struct
import tempfile
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Stored = NDArray[np.integer[Any]]
Message = dict[str, Any]

MOST_KEPT = 64 << 20
"""Bytes of memory that a store may hold on to between two films."""

_HEAD = struct.Struct("<I")
_LENGTH = struct.Struct("<Q")
_MOST_BYTES = 1 << 16
_KINDS = frozenset({"|u1", "|i1", "<u2", "<i2"})


def send(link: socket.socket, message: Mapping[str, object]) -> None:
    """Send one message.

    Raises:
        OSError: the other side is gone.
    """
    body = json.dumps(message).encode("ascii")
    link.sendall(_HEAD.pack(len(body)) + body)


def receive(link: socket.socket, seconds: float | None = None) -> Message:
    """Receive one message, within `seconds` in all where given.

    Raises:
        EOFError: the other side is gone.
        TimeoutError: nothing whole came in time.
        ValueError: what came is no message.
    """
    until = None if seconds is None else time.monotonic() + seconds
    (length,) = _HEAD.unpack(_exactly(link, _HEAD.size, until))
    if length > _MOST_BYTES:
        raise ValueError("a message of a size that none has")
    message = json.loads(_exactly(link, length, until))
    if not isinstance(message, dict):
        raise ValueError("a message that is no object")
    return message


def _exactly(link: socket.socket, count: int, until: float | None) -> bytes:
    got = bytearray()
    while len(got) < count:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        link.settimeout(left)
        try:
            piece = link.recv(count - len(got))
        except ConnectionError as error:
            raise EOFError from error
        if not piece:
            raise EOFError
        got += piece
    return bytes(got)


def open_store() -> int:
    """A file without a name for bytes that both sides read and write: in memory where the system can."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("pleura")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def put(store: int, content: bytes | memoryview) -> None:
    """Lay bytes into the store, in place of those before them.

    Its length stands before them: the store keeps its memory, as asking for new pages takes longer than the copy.
    """
    if os.fstat(store).st_size > MOST_KEPT:
        os.ftruncate(store, 0)
    os.pwrite(store, _LENGTH.pack(len(content)), 0)
    left, at = memoryview(content), _LENGTH.size
    while left:
        written = os.pwrite(store, left, at)
        left, at = left[written:], at + written


def get(store: int, length: int) -> bytes:
    """The `length` bytes that were laid into the store.

    Raises:
        ValueError: it holds fewer.
    """
    _check_held(store, length)
    pieces: list[bytes] = []
    at = 0
    while at < length:
        pieces.append(os.pread(store, length - at, _LENGTH.size + at))
        if not pieces[-1]:
            raise ValueError("the store holds too little")
        at += len(pieces[-1])
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def put_pixels(store: int, pixels: Stored) -> Message:
    """Lay pixels into the store; gives what `get_pixels` needs to take them out."""
    whole = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder("<"))
    put(store, whole.reshape(-1).view(np.uint8).data)
    return {"shape": list(whole.shape), "kind": whole.dtype.str}


def get_pixels(store: int, answer: Message, most: int) -> Stored:
    """Take pixels out of the store, (H, W) or (H, W, 3), 8 or 16 bits; of at most `most` samples.

    Raises:
        ValueError: the answer describes no such pixels, or the store does not hold them.
    """
    shape: Any = answer.get("shape")
    kind: Any = answer.get("kind")
    sound = isinstance(shape, list) and all(type(side) is int and 0 < side <= most for side in shape)
    if not sound or len(shape) not in (2, 3) or shape[2:] not in ([], [3]) or str(kind) not in _KINDS:
        raise ValueError("an answer that describes no pixels")
    if shape[0] * shape[1] > most:
        raise ValueError("an answer with more pixels than any film has")
    pixels: Stored = np.empty(shape, np.dtype(kind))
    _check_held(store, pixels.nbytes)
    into, at = memoryview(pixels.reshape(-1).view(np.uint8).data), 0
    while at < len(into):
        count = os.preadv(store, [into[at:]], _LENGTH.size + at)
        if count == 0:
            raise ValueError("the store holds too little")
        at += count
    return pixels


def _check_held(store: int, length: int) -> None:
    head = os.pread(store, _LENGTH.size, 0)
    if len(head) < _LENGTH.size or _LENGTH.unpack(head)[0] < length:
        raise ValueError("the store holds too little")
