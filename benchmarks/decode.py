"""Decoding in a process apart beside the same decoder in this process, and whole reading beside the decoder alone.

The films are RG1, 1955 x 1841 at 15 bits, packed by every codec that can pack it here, one of 8-bit JPEG, and one of
3000 x 3000 at 14 bits that is not compressed.
"""

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
from bench_films import bench_films, rg1
from pydicom import dcmread
from pydicom.uid import UID, JPEG2000Lossless, JPEGLSLossless, RLELossless
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate, ratio, timed
from pleura.image import read_film
from pleura.image.compressed import CODECS
from pleura.image.decode import decode
from pleura.image.layout import Layout, read_layout
from pleura.image.parse import parse
from pleura.image.tags import Tags

THREADS, ROUNDS = 2, 15
_MOST_APART, _MOST_READ, _MOST_PLAIN_S = 1.15, 1.3, 0.06
_PACKED = {"JPEG 2000": JPEG2000Lossless, "JPEG-LS": JPEGLSLossless, "RLE": RLELossless}
_AIMED = ("JPEG 2000", "JPEG-LS")


def packed(syntax: UID) -> bytes:
    """RG1 in a compressed transfer syntax."""
    dataset = dcmread(rg1())
    dataset.compress(syntax, generate_instance_uid=False)
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def contestants(path: Path) -> dict[str, Callable[[], float]]:
    """Reading a compressed film, decoding it in a process apart, and its decoder here."""
    parsed = parse(path.read_bytes(), str(path))
    layout: Layout = read_layout(Tags(parsed.dataset, str(path)), parsed.syntax)
    codec = CODECS[layout.syntax]
    return {
        "here": timed(lambda: codec(parsed.dataset.PixelData, layout)),
        "apart": timed(lambda: decode(parsed.dataset, layout, str(path))),
        "read": timed(lambda: read_film(path)),
    }


def to_rows(kind: str, taken: dict[str, Times]) -> list[Row]:
    """Aims stand on the process apart, and on the reading of JPEG 2000 and JPEG-LS."""
    most_read = _MOST_READ if kind in _AIMED else None
    what = {"here": "the decoder alone", "apart": "decoded in a process apart", "read": "read"}
    aims = {"apart": _MOST_APART, "read": most_read}
    return [
        Row(
            what=f"{kind}: {what[name]}",
            value=times.median,
            least=min(times.seconds),
            most=max(times.seconds),
            baseline="" if name == "here" else "the decoder alone",
            ratio=None if name == "here" else ratio(times, taken["here"]),
            most_ratio=aims.get(name),
            machine=machine(),
        )
        for name, times in taken.items()
    ]


def plain_row(path: Path, rounds: int) -> Row:
    """Reading a film that is not compressed."""
    times = alternate({"read": timed(lambda: read_film(path))}, rounds)["read"]
    return Row(
        what="3000 x 3000, 14 bits, uncompressed: read",
        value=times.median,
        least=min(times.seconds),
        most=max(times.seconds),
        most_value=_MOST_PLAIN_S,
        machine=machine(),
    )


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    warn_if_busy()
    cv2.setNumThreads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        films = bench_films(Path(folder))
        compressed = {"JPEG, 8 bits, 1024": next(path for kind, path in films.items() if "JPEG" in kind)}
        for kind, syntax in _PACKED.items():
            compressed[kind] = Path(folder) / f"{syntax}.dcm"
            compressed[kind].write_bytes(packed(syntax))
        rows = []
        for kind, path in compressed.items():
            rows += to_rows(kind, alternate(contestants(path), options.rounds))
        rows.append(plain_row(films["3000 DICOM, 14 bits, from RG1"], options.rounds))
    show(rows)
    write_rows(results_file("decode"), rows)


if __name__ == "__main__":
    main()
