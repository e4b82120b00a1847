import hashlib
import os

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import uid

import pleura.image.parse
from dicom_maker import as_bytes, codes, film_values, make_dataset, sample, write
from pleura.core.errors import UnreadableImage
from pleura.core.types import View
from pleura.image import read_film

NOT_IMAGES = {
    "empty": b"",
    "noise": np.random.default_rng(3).bytes(4000),
    "zip": b"PK\x03\x04" + b"\0" * 300,
    "pdf": b"%PDF-1.7\n" + b"\0" * 300,
    "gif": b"GIF89a" + b"\0" * 300,
    "zeros": b"\0" * 4000,
}


def encoded(syntax=None):
    dataset = make_dataset(film_values())
    if syntax is not None:
        dataset.compress(syntax, generate_instance_uid=False)
    return as_bytes(dataset)


MUTANTS = [encoded(), encoded(uid.JPEG2000Lossless), encoded(uid.JPEGLSLossless), encoded(uid.RLELossless)]


@pytest.mark.parametrize("name", NOT_IMAGES)
def test_what_is_no_image_is_refused(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(NOT_IMAGES[name])
    with pytest.raises(UnreadableImage) as refusal:
        read_film(path)
    assert refusal.value.code == "not_an_image"
    assert refusal.value.refusal.status == 400


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "film.dcm")
    with pytest.raises(UnreadableImage) as refusal:
        read_film(tmp_path / "film.dcm")
    assert refusal.value.code == "unreadable"


@pytest.mark.parametrize("kind", [np.int8, np.int16])
def test_signed_colours_are_refused(tmp_path, kind):
    colour = np.repeat(film_values(7)[..., None], 3, axis=2).astype(kind)
    path = write(make_dataset(colour, np.iinfo(kind).bits, "RGB"), tmp_path / "film.dcm")
    with pytest.raises(UnreadableImage) as refusal:
        read_film(path)
    assert refusal.value.code == "bits"


def test_a_preamble_alone_is_refused(tmp_path):
    path = tmp_path / "film.dcm"
    path.write_bytes(b"\0" * 128 + b"DICM")
    with pytest.raises(UnreadableImage, match="not_an_image"):
        read_film(path)


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(UnreadableImage, match="unreadable"):
        read_film(tmp_path / "absent.dcm")
    with pytest.raises(UnreadableImage, match="unreadable"):
        read_film(tmp_path)


def test_a_body_without_preamble_needs_lenience(tmp_path):
    path = tmp_path / "film.dcm"
    path.write_bytes(encoded()[132:])
    with pytest.raises(UnreadableImage, match="--lenient"):
        read_film(path)
    film = read_film(path, lenient=True)
    np.testing.assert_array_equal(film.pixels, film_values() / np.float32(4095))


def test_the_source_names_the_file_and_its_hash(tmp_path):
    path = write(make_dataset(film_values()), tmp_path / "film.dcm")
    source = read_film(path).source
    assert (source.path, source.name, source.format) == (str(path), "film.dcm", "dicom")
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_deflated_bomb_is_stopped(tmp_path, monkeypatch):
    dataset = make_dataset(film_values())
    dataset.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
    dataset.PixelData = b"\0" * 2_000_000
    path = write(dataset, tmp_path / "film.dcm")
    monkeypatch.setattr(pleura.image.parse, "MOST_INFLATED", 1_000_000)
    with pytest.raises(UnreadableImage, match="too_large"):
        read_film(path)


def test_900_nested_sequences_are_malformed(tmp_path):
    # pydicom cannot write so deep a nest either, so its bytes are laid by hand.
    opening = b"\x40\x00\x30\xa7SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    content = encoded()
    at = content.index(b"\xe0\x7f\x10\x00")
    path = tmp_path / "film.dcm"
    path.write_bytes(content[:at] + opening * 900 + content[at:])
    with pytest.raises(UnreadableImage, match="malformed"):
        read_film(path)


def test_pixel_data_of_an_unknown_value_representation_is_malformed(tmp_path):
    content = encoded()
    at = content.index(b"\xe0\x7f\x10\0OW")
    path = tmp_path / "film.dcm"
    path.write_bytes(content[: at + 4] + b"QB" + content[at + 6 :])
    with pytest.raises(UnreadableImage, match=r"pixel_length|malformed"):
        read_film(path)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.sampled_from(MUTANTS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=30),
    header_only=st.booleans(),
)
def test_a_damaged_file_is_read_or_refused_but_never_crashes(tmp_path, content, edits, header_only):
    damaged = bytearray(content)
    reach = 1200 if header_only else len(damaged)
    for place, byte in edits:
        damaged[132 + int(place * (reach - 133))] = byte
    path = tmp_path / "film.dcm"
    path.write_bytes(damaged)
    try:
        film = read_film(path)
    except UnreadableImage as refusal:
        message = str(refusal)
    else:
        message = ""
        assert film.pixels.dtype == np.float32
        assert 0 <= film.pixels.min() < film.pixels.max() <= 1
    assert "secret" not in message.lower()


@pytest.mark.parametrize("name", ["RG1_UNCI.dcm", "RG1_J2KI.dcm"])
def test_a_real_15_bit_monochrome1_chest_is_read(name):
    film = read_film(sample(name))
    assert (film.shape, film.bits, film.view) == ((1955, 1841), 15, View.PA)
    assert film.spacing is None
    assert codes(film) == ["spacing_unknown"]
    assert film.voi is not None
    # The unexposed border of the film is dark, the abdomen dense.
    assert film.pixels[1200:1500, 800:1000].mean() > film.pixels[:20].mean()


def test_a_real_film_and_its_lossless_twin_are_one():
    plain, packed = (read_film(sample(name)) for name in ("RG1_UNCR.dcm", "RG1_J2KR.dcm"))
    np.testing.assert_array_equal(plain.pixels, packed.pixels)
    assert plain.voi == packed.voi


def test_a_real_extremity_is_refused():
    with pytest.raises(UnreadableImage, match="view"):
        read_film(sample("RG3_UNCI.dcm"))


def test_real_tables_are_read():
    assert read_film(sample("mlut_18.dcm")).voi is None
    assert read_film(sample("vlut_04.dcm")).voi.kind == "table"


def test_shared_dicom_films_are_read(shared_data):
    fixed = read_film(shared_data / "dicom" / "966_fixed.dcm")
    assert fixed.spacing is not None
    assert not fixed.notes
    with pytest.raises(UnreadableImage, match="decode"):
        read_film(shared_data / "dicom" / "966.dcm")
    bare = shared_data / "dicom" / "CR-MONO1-10-chest.dcm"
    with pytest.raises(UnreadableImage, match="not_an_image"):
        read_film(bare)
    assert read_film(bare, lenient=True).bits == 10
    shrunk = read_film(sorted((shared_data / "dicom" / "stage2").glob("*.dcm"))[0])
    assert codes(shrunk) == ["spacing_implausible"]


def test_a_shared_film_is_the_same_as_dicom_and_as_a_picture(shared_data):
    path = sorted((shared_data / "dicom" / "stage2").glob("*.dcm"))[0]
    picture = read_film(shared_data / "stage2" / "images" / f"{path.stem}.webp").pixels
    small = cv2.resize(read_film(path).pixels, picture.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small - picture).mean() < 0.02


def test_an_odd_length_in_the_file_meta_information_is_malformed(tmp_path):
    content = encoded()
    # The group length takes 4 bytes; 6 are no whole number of numbers.
    path = tmp_path / "film.dcm"
    path.write_bytes(content[:138] + b"\x06\0" + content[140:144] + b"\0\0" + content[144:])
    with pytest.raises(UnreadableImage, match="malformed"):
        read_film(path)
