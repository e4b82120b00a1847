import hashlib
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from dicom_maker import codes, film_values
from pleura.core.errors import UnreadableImage
from pleura.image import read_film

EIGHT = film_values(8).astype(np.uint8)
SIXTEEN = film_values(16)


def save(path, image, **options: object):
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(path, **options)
    return path


def refusal(path):
    with pytest.raises(UnreadableImage) as error:
        read_film(path)
    assert str(path) in str(error.value)
    return error.value.code


@pytest.mark.parametrize("name", ["film.png", "film.tif", "film.webp"])
def test_8_bit_grey_is_read_as_it_is(tmp_path, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    film = read_film(save(tmp_path / name, EIGHT, **options))
    np.testing.assert_array_equal(film.pixels, EIGHT / np.float32(255))
    assert film.bits == 8
    assert not film.notes


def test_the_content_decides_and_not_the_suffix(tmp_path):
    path = tmp_path / "film.dcm"
    save(path, EIGHT, format="PNG")
    assert read_film(path).source.format == "png"


@pytest.mark.parametrize("name", ["film.png", "film.tif"])
def test_16_bits_are_read_at_full_depth(tmp_path, name):
    film = read_film(save(tmp_path / name, SIXTEEN))
    np.testing.assert_array_equal(film.pixels, SIXTEEN / np.float32(65535))
    assert film.bits == 16


@pytest.mark.parametrize("name", ["film.png", "film.tif"])
@pytest.mark.parametrize("channels", [3, 4])
def test_16_bit_colour_with_equal_channels_keeps_its_depth(tmp_path, name, channels):
    deep = np.repeat(SIXTEEN[..., None], channels, axis=2)
    assert cv2.imwrite(str(tmp_path / name), deep)
    film = read_film(tmp_path / name)
    np.testing.assert_array_equal(film.pixels, SIXTEEN / np.float32(65535))
    assert codes(film) == (["alpha"] if channels == 4 else [])


def test_a_white_is_zero_tiff_equals_its_twin(tmp_path):
    for values in (EIGHT, SIXTEEN):
        path = save(tmp_path / "film.tif", values, tiffinfo={262: 0})
        with Image.open(path) as image:
            assert image.tag_v2[262] == 0
            stored_turned = values.dtype == np.uint8
        # Pillow turns 8-bit values over when it writes them, and 16-bit ones not.
        twin = values if stored_turned else 65535 - values
        top = np.float32(np.iinfo(values.dtype).max)
        np.testing.assert_array_equal(read_film(path).pixels, twin / top)


# EXIF 2.32, tag Orientation: how the stored picture is turned to stand upright.
UPRIGHT = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.T,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].T,
    8: np.rot90,
}


@pytest.mark.parametrize("values", [EIGHT, SIXTEEN], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("name", ["film.png", "film.tif"])
@pytest.mark.parametrize("turn", UPRIGHT)
def test_the_noted_orientation_is_undone_once(tmp_path, turn, name, values):
    exif = Image.Exif()
    exif[0x0112] = turn
    film = read_film(save(tmp_path / name, values, exif=exif))
    np.testing.assert_array_equal(film.pixels, UPRIGHT[turn](values) / np.float32(np.iinfo(values.dtype).max))


@pytest.mark.parametrize("turn", UPRIGHT)
def test_the_orientation_of_a_deep_tiff_in_colour_is_undone_once(tmp_path, turn):
    path = tmp_path / "film.tif"
    path.write_bytes(deep_colour_tiff(SIXTEEN, turn))
    np.testing.assert_array_equal(read_film(path).pixels, UPRIGHT[turn](SIXTEEN) / np.float32(65535))


def deep_colour_tiff(values, turn):
    """A TIFF of three equal 16-bit channels, which Pillow cannot write (TIFF 6.0, section 6)."""
    pixels = np.repeat(values[..., None], 3, axis=2).astype("<u2").tobytes()
    start = 8 + len(pixels)
    rows, columns = values.shape
    # tag, type (3 is 16 bits, 4 is 32), count, value or place
    entries = [
        (256, 3, 1, columns),
        (257, 3, 1, rows),
        (258, 3, 3, start + 2 + 12 * 10 + 4),
        (259, 3, 1, 1),
        (262, 3, 1, 2),
        (273, 4, 1, 8),
        (274, 3, 1, turn),
        (277, 3, 1, 3),
        (278, 3, 1, rows),
        (279, 4, 1, len(pixels)),
    ]
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<I", start)
    return head + pixels + struct.pack("<H", len(entries)) + table + bytes(4) + struct.pack("<3H", 16, 16, 16)


def test_palettes_and_transparency_are_resolved_with_a_warning(tmp_path):
    grey = Image.fromarray(EIGHT)
    palette = read_film(save(tmp_path / "palette.png", grey.convert("P")))
    alpha = read_film(save(tmp_path / "alpha.png", grey.convert("LA")))
    both = read_film(save(tmp_path / "rgba.png", grey.convert("RGBA")))
    for film in (palette, alpha, both):
        np.testing.assert_array_equal(film.pixels, EIGHT / np.float32(255))
    assert [codes(film) for film in (palette, alpha, both)] == [["palette"], ["alpha"], ["alpha"]]


def test_a_grey_jpeg_in_colour_is_read_as_grey(tmp_path):
    colour = Image.fromarray(EIGHT).convert("RGB")
    film = read_film(save(tmp_path / "film.jpg", colour, quality=95))
    assert np.abs(film.pixels - EIGHT / 255).mean() < 0.01


def test_pictures_that_are_no_film_are_refused_by_code(tmp_path):
    grey = Image.fromarray(EIGHT)
    photo = Image.fromarray(np.stack([EIGHT, EIGHT, 255 - EIGHT], axis=2))
    nan = np.full(EIGHT.shape, np.nan, np.float32)
    cases = {
        "photometric": [
            save(tmp_path / "photo.png", photo),
            save(tmp_path / "photo.jpg", photo),
            save(tmp_path / "cmyk.jpg", photo.convert("CMYK")),
        ],
        "multiframe": [
            save(tmp_path / "pages.tif", grey, save_all=True, append_images=[grey]),
            save(tmp_path / "moving.webp", photo, save_all=True, append_images=[grey.convert("RGB")]),
            save(tmp_path / "moving.png", grey, save_all=True, append_images=[grey.rotate(180)]),
        ],
        "bits": [
            save(tmp_path / "nan.tif", nan),
            save(tmp_path / "integer.tif", EIGHT.astype(np.int32)),
            save(tmp_path / "mask.png", grey.convert("1")),
        ],
        "size": [
            save(tmp_path / "tiny.png", EIGHT[:4, :4]),
            save(tmp_path / "strip.png", np.tile(EIGHT, (5, 1))),
        ],
        "blank": [save(tmp_path / "blank.png", np.full((90, 90), 7, np.uint8))],
    }
    found = {str(path.name): refusal(path) for paths in cases.values() for path in paths}
    assert found == {path.name: code for code, paths in cases.items() for path in paths}


@pytest.mark.parametrize("side", [8193, 9000, 60000])
def test_a_png_that_declares_too_many_pixels_is_refused_before_decoding(tmp_path, side):
    header = b"IHDR" + struct.pack(">2L5B", side, side, 8, 0, 0, 0, 0)
    chunk = struct.pack(">L", 13) + header + struct.pack(">L", zlib.crc32(header))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + b"\0\0\0\0IDAT")
    assert refusal(path) == "too_large"


@pytest.mark.parametrize("name", ["film.png", "film.jpg", "film.tif", "film.webp"])
@pytest.mark.parametrize("kept", [0.3, 0.8])
def test_a_file_that_breaks_off_is_refused(tmp_path, name, kept):
    path = save(tmp_path / name, EIGHT)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    assert refusal(path) == "decode"


def test_deep_colour_that_breaks_off_is_refused(tmp_path):
    coded = cv2.imencode(".png", np.repeat(SIXTEEN[..., None], 3, axis=2))[1].tobytes()
    path = tmp_path / "film.png"
    path.write_bytes(coded[: len(coded) // 2])
    assert refusal(path) == "decode"


def test_the_source_holds_the_hash_of_the_file(tmp_path):
    path = save(tmp_path / "film.png", EIGHT)
    assert read_film(path).source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
