"""A small chest film of DICOM, and what is sent instead of one: by what a run of `pleura predict` must say of it."""

import functools
import io
import struct
import tempfile
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import gdcm
import numpy as np
from PIL import Image, PngImagePlugin
from pydicom import dcmread, uid
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate, generate_frames

from dicom_maker import as_bytes, changed, compressed, film_values, make_dataset, sample

IMAGE = "1.2.840.10008.5.1.4.1.1."
SECRET = "Secret"
"""Stands in the name and number of every patient, and in the comments of every PNG."""


@functools.cache
def chest_values() -> np.ndarray:
    """RG1 at a fifth of its size: 15 bits, the polarity of MONOCHROME1."""
    return np.ascontiguousarray(dcmread(sample("RG1_UNCR.dcm")).pixel_array[::5, ::5])


def chest(photometric="MONOCHROME1", **tags: object) -> FileDataset:
    """The film with some tags set; its own are sound."""
    values = chest_values() if photometric == "MONOCHROME1" else np.uint16(0x7FFF) - chest_values()
    return changed(make_dataset(values, 15, photometric), {"PixelSpacing": [1.0, 1.0], **tags})


def dicom(**tags: object) -> Callable[[], bytes]:
    """Bytes of the film with some tags set."""
    return lambda: as_bytes(chest(**tags))


def of_class(number: str, drop: tuple[str, ...] = ()) -> Callable[[], bytes]:
    """Bytes of the film under another SOP class."""

    def make() -> bytes:
        dataset = chest(SOPClassUID=IMAGE + number)
        dataset.file_meta.MediaStorageSOPClassUID = IMAGE + number
        return as_bytes(changed(dataset, {}, drop))

    return make


def contradicting_meta() -> bytes:
    """CR in the data set, CT in the file meta information."""
    return as_bytes(chest()).replace(IMAGE.encode() + b"1\0", IMAGE.encode() + b"2\0", 1)


def garbage_in(syntax: str) -> Callable[[], bytes]:
    """A compressed film whose frame is noise."""

    def make() -> bytes:
        dataset = chest()
        dataset.file_meta.TransferSyntaxUID = uid.UID(syntax)
        dataset.PixelData = encapsulate([np.random.default_rng(1).bytes(5000)])
        dataset["PixelData"].VR = "OB"
        dataset["PixelData"].is_undefined_length = True
        return as_bytes(dataset)

    return make


def deadly() -> bytes:
    """A lossless JPEG with one wrong byte, on which the libjpeg of gdcm 3.2 ends its process (SIGABRT)."""
    with tempfile.TemporaryDirectory() as folder:
        plain, sound = Path(folder) / "plain.dcm", Path(folder) / "sound.dcm"
        plain.write_bytes(as_bytes(make_dataset(film_values(16), 16)))
        reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
        reader.SetFileName(str(plain))
        assert reader.Read()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        writer.SetFileName(str(sound))
        assert writer.Write()
        dataset = dcmread(sound)
        frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
        # The marker of the Huffman table, behind the frame header.
        damaged = frame.replace(b"\xff\xc4", b"\x94\xc4", 1)
        return as_bytes(compressed(dataset, damaged, uid.JPEGLosslessSV1))


def slow_to_decode(scans: int = 4000) -> bytes:
    """A progressive JPEG of 49 Mpx whose last scan is there 4000 times: half a MB that decodes for minutes."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((7000, 7000), 90, np.uint8)).save(buffer, "JPEG", progressive=True)
    content = buffer.getvalue()
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * scans + content[-2:]


def four_gigabytes() -> bytes:
    """Pixel data whose length claims nearly 4 GiB."""
    content = as_bytes(chest())
    at = content.index(b"\xe0\x7f\x10\0OW") + 8
    return content[:at] + struct.pack("<I", 0xFFFFFFF0) + content[at + 4 :]


def nested() -> bytes:
    """900 sequences in each other before the pixels, laid by hand as no library writes them."""
    opening = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    content = as_bytes(chest())
    at = content.index(b"\xe0\x7f\x10\x00")
    return content[:at] + opening * 900 + content[at:]


def wrong_representation() -> bytes:
    """Rows as text."""
    dataset = chest()
    del dataset["Rows"]
    dataset.add_new("Rows", "LO", "many")
    return as_bytes(dataset)


def excess(tail: bytes) -> Callable[[], bytes]:
    """More bytes of pixels than declared."""
    return lambda: as_bytes(chest(PixelData=chest_values().tobytes() + tail))


def above_the_bits() -> bytes:
    """A bit above those that are stored."""
    values = chest_values().copy()
    values[:3] |= 0x8000
    return as_bytes(chest(PixelData=values.tobytes()))


def picture(image: Image.Image | np.ndarray, kind: str = "PNG", **options: object) -> Callable[[], bytes]:
    """Bytes of a picture file; a PNG has a comment."""

    def make() -> bytes:
        buffer = io.BytesIO()
        told = PngImagePlugin.PngInfo()
        told.add_text("Author", SECRET)
        extra = {"pnginfo": told} if kind == "PNG" else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(
                buffer, kind, **extra, **options
            )
        return buffer.getvalue()

    return make


def grey8() -> np.ndarray:
    """The film at 8 bits, dense tissue bright."""
    return (255 - (chest_values() >> 7)).astype(np.uint8)


def huge_png() -> bytes:
    """A PNG of 60000 x 60000 by its header."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\0IDAT"


def cut(make: Callable[[], bytes], share: float = 0.6) -> Callable[[], bytes]:
    """A file that breaks off."""
    return lambda: make()[: int(share * len(make()))]


def noise() -> np.ndarray:
    """No film at all."""
    return np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
