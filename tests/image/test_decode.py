import base64
import importlib.util
import io

import gdcm
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, dcmwrite, uid

from dicom_maker import as_bytes, compressed, film_values, make_dataset, sample, write
from pleura.core.errors import UnreadableImage
from pleura.image import read_film

LOSSLESS = [uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless]


# 63 x column + row, 64 x 64 at 12 bits, written by OpenJPH 0.26: none of the wheels here can encode HTJ2K.
HTJ2K_FRAME = (
    "/0//UQApQAAAAABAAAAAQAAAAAAAAAAAAAAAQAAAAEAAAAAAAAAAAAABDwEB/1AACAACAAAACv9SAAwAAgABAAUEBEAB/1wA"
    "EyCIkJCQkJCQkJCQkJCQiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAO0AAf+TwAArAP9/tf9/22vbAoG0"
    "AMAAE8AAEwD+8McDAnQAovgAA1QAwAAVUAAFQH744YcfqnKCdQAQAP7Byey1AMAAFowAAVg+fPjw4cOHDx/nynp6cgJ4AAgA"
    "AP79knv2Sey4AMAAFuwAAV4aGhoaGhoaGhoaGhoaGhoa+f8Kenp6enp6cYJ9AAIA/v94Z+/f79/v3+y8AMAALroAAWqAPM/z"
    "PM/zPM/zPM/zPM/zPM/zPM/zPM/z/r/8Cnp6enp6enp6enp6enp6cIJ2AQAAAAD/f9sDrrrrrrrrrrrrrrqRAf/Z"
)


def as_jpeg(values):
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "JPEG", quality=95)
    return buffer.getvalue() + b"\0" * (buffer.tell() % 2)


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize(("bits", "kind"), [(8, np.uint8), (12, np.uint16), (16, np.uint16), (12, np.int16)])
def test_lossless_compression_changes_nothing(tmp_path, syntax, bits, kind):
    values = film_values(bits)
    values = (values.astype(np.int32) - (2048 if kind is np.int16 else 0)).astype(kind)
    plain = read_film(write(make_dataset(values, bits), tmp_path / "plain.dcm"))
    dataset = make_dataset(values, bits)
    dataset.compress(syntax, generate_instance_uid=False)
    packed = read_film(write(dataset, tmp_path / "packed.dcm"))
    np.testing.assert_array_equal(packed.pixels, plain.pixels)


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.DeflatedExplicitVRLittleEndian])
def test_the_encoding_of_the_header_changes_nothing(tmp_path, syntax):
    plain = read_film(write(make_dataset(film_values()), tmp_path / "plain.dcm"))
    dataset = make_dataset(film_values())
    dataset.file_meta.TransferSyntaxUID = syntax
    np.testing.assert_array_equal(read_film(write(dataset, tmp_path / "other.dcm")).pixels, plain.pixels)


def test_big_endian_films_are_read(tmp_path):
    dataset = make_dataset(film_values())
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRBigEndian
    dataset.PixelData = film_values().astype(">u2").tobytes()
    path = tmp_path / "film.dcm"
    with path.open("wb") as file:
        dcmwrite(file, dataset, implicit_vr=False, little_endian=False, force_encoding=True)
    film = read_film(path)
    np.testing.assert_array_equal(film.pixels, film_values() / np.float32(4095))


def test_baseline_jpeg_is_read_within_its_loss(tmp_path):
    values = film_values(8).astype(np.uint8)
    dataset = compressed(make_dataset(values, 8), as_jpeg(values), uid.JPEGBaseline8Bit)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert np.abs(film.pixels - values / 255).mean() < 0.01


@pytest.mark.parametrize("process", ["JPEGLosslessProcess14_1", "JPEGLosslessProcess14"])
@pytest.mark.parametrize("kind", [np.uint16, np.int16])
def test_lossless_jpeg_changes_nothing(tmp_path, process, kind):
    values = (film_values(16).astype(np.int32) - (32768 if kind is np.int16 else 0)).astype(kind)
    plain = write(make_dataset(values, 16), tmp_path / "plain.dcm")
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(plain))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, process)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(tmp_path / "packed.dcm"))
    assert writer.Write()
    np.testing.assert_array_equal(read_film(tmp_path / "packed.dcm").pixels, read_film(plain).pixels)


def test_a_real_lossless_jpeg_shows_the_same_as_its_uncompressed_copy(tmp_path):
    films = []
    for name in ("JPEG-LL.dcm", "JPEG2000_UNC.dcm"):
        dataset = dcmread(sample(name))
        dataset.Modality, dataset.BodyPartExamined = "CR", "CHEST"
        films.append(read_film(write(dataset, tmp_path / name)))
    # The copy went through a lossy codec in between.
    np.testing.assert_allclose(films[0].pixels, films[1].pixels, atol=0.002)


@pytest.mark.parametrize("syntax", [uid.HTJ2KLossless, uid.HTJ2KLosslessRPCL, uid.HTJ2K])
def test_high_throughput_jpeg_2000_is_read(tmp_path, syntax):
    values = np.add.outer(np.arange(64), 63 * np.arange(64)).astype(np.uint16)
    frame = base64.b64decode(HTJ2K_FRAME)
    film = read_film(write(compressed(make_dataset(values), frame, syntax), tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels, values / np.float32(4095))


def test_12_bit_jpeg_is_read_where_its_extra_is_installed(tmp_path):
    codecs = pytest.importorskip("imagecodecs", reason='needs "pleura[jpeg12]"')
    frame = codecs.jpeg8_encode(film_values(), level=98, bitspersample=12)
    dataset = compressed(make_dataset(film_values()), frame, uid.JPEGExtended12Bit)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert np.abs(film.pixels - film_values() / 4095).mean() < 0.005


def test_12_bit_jpeg_without_its_extra_names_the_remedy(tmp_path):
    if importlib.util.find_spec("imagecodecs") is not None:
        pytest.skip("imagecodecs is installed")
    dataset = compressed(make_dataset(film_values()), b"\0" * 64, uid.JPEGExtended12Bit)
    with pytest.raises(UnreadableImage, match="jpeg12"):
        read_film(write(dataset, tmp_path / "film.dcm"))


def test_a_grey_film_in_three_channels_is_read_as_one(tmp_path):
    values = film_values(8).astype(np.uint8)
    colour = np.repeat(values[..., None], 3, axis=2)
    film = read_film(write(make_dataset(colour, 8, "RGB"), tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels, values / np.float32(255))


def test_a_colour_picture_is_refused(tmp_path):
    values = film_values(8).astype(np.uint8)
    colour = np.stack([values, values, 255 - values], axis=2)
    with pytest.raises(UnreadableImage, match="photometric"):
        read_film(write(make_dataset(colour, 8, "RGB"), tmp_path / "film.dcm"))


@pytest.mark.parametrize("syntax", [uid.MPEG2MPML, uid.SMPTEST211020UncompressedProgressiveActiveVideo])
def test_a_syntax_without_a_decoder_is_named(tmp_path, syntax):
    dataset = compressed(make_dataset(film_values()), b"\0" * 64, syntax)
    with pytest.raises(UnreadableImage, match=r"transfer syntax .* \[codec\]"):
        read_film(write(dataset, tmp_path / "film.dcm"))


@pytest.mark.parametrize("syntax", [*LOSSLESS, uid.JPEGBaseline8Bit], ids=lambda syntax: syntax.name)
def test_garbage_in_place_of_a_compressed_frame_is_refused(tmp_path, syntax):
    noise = np.random.default_rng(0).bytes(5000)
    dataset = compressed(make_dataset(film_values(8).astype(np.uint8), 8), noise, syntax)
    with pytest.raises(UnreadableImage, match="decode"):
        read_film(write(dataset, tmp_path / "film.dcm"))


@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEGLSLossless], ids=lambda syntax: syntax.name)
def test_a_compressed_frame_that_breaks_off_is_refused(tmp_path, syntax):
    dataset = make_dataset(film_values())
    dataset.compress(syntax, generate_instance_uid=False)
    frame = dataset.PixelData[16:-8]
    dataset = compressed(dataset, frame[: len(frame) // 4 * 2], syntax)
    with pytest.raises(UnreadableImage, match="decode"):
        read_film(write(dataset, tmp_path / "film.dcm"))


def test_a_compressed_frame_of_another_size_never_reaches_a_decoder(tmp_path):
    frame = as_jpeg(np.zeros((4000, 4000), np.uint8))
    dataset = compressed(make_dataset(film_values(8).astype(np.uint8), 8), frame, uid.JPEGBaseline8Bit)
    with pytest.raises(UnreadableImage, match="disagree on size"):
        read_film(write(dataset, tmp_path / "film.dcm"))


@pytest.mark.parametrize("kept", [0.2, 0.9, 0.999])
@pytest.mark.parametrize("syntax", [None, uid.JPEG2000Lossless])
def test_a_file_that_breaks_off_is_refused(tmp_path, kept, syntax):
    dataset = make_dataset(film_values())
    if syntax is not None:
        dataset.compress(syntax, generate_instance_uid=False)
    content = as_bytes(dataset)
    path = tmp_path / "film.dcm"
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(UnreadableImage, match="pixel_length"):
        read_film(path)


@pytest.mark.parametrize("missing", [0, 100])
def test_pixel_data_that_claims_four_gigabytes_is_refused(tmp_path, missing):
    content = as_bytes(make_dataset(film_values()))
    length = film_values().nbytes
    at = content.rindex(b"OW\0\0" + length.to_bytes(4, "little"))
    path = tmp_path / "film.dcm"
    path.write_bytes(content[: at + 4] + b"\xfe\xff\xff\xff" + content[at + 8 : len(content) - missing])
    with pytest.raises(UnreadableImage, match="pixel_length"):
        read_film(path)


def test_a_panic_of_the_run_length_library_is_a_refusal(tmp_path):
    dataset = make_dataset(film_values())
    dataset.compress(uid.RLELossless, generate_instance_uid=False)
    frame = bytearray(dataset.PixelData[16:-8])
    # A literal run far longer than the segment has room for.
    frame[-40:] = b"\x7f" * 40
    for place in range(64, len(frame), 7):
        frame[place] = 0x81
    with pytest.raises(UnreadableImage, match="decode"):
        read_film(write(compressed(dataset, bytes(frame), uid.RLELossless), tmp_path / "film.dcm"))
