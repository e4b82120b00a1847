"""Each transfer syntax of the standard is read, or refused by its name; lossy ones within their loss."""

import io

import numpy as np
import pytest
from PIL import Image
from pydicom import uid
from pydicom.uid import AllTransferSyntaxes

from dicom_maker import codes, compressed, film_values, make_dataset, write
from pleura.core.errors import UnreadableImage
from pleura.image import read_film
from pleura.image.compressed import CODECS

EIGHT = film_values(8).astype(np.uint8)
PLAIN = {
    *(uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian),
    uid.DeflatedExplicitVRLittleEndian,
}
FOREIGN = sorted(set(AllTransferSyntaxes) - PLAIN - set(CODECS))


def refusal(path):
    with pytest.raises(UnreadableImage) as refused:
        read_film(path)
    return refused.value


@pytest.mark.parametrize("syntax", FOREIGN, ids=lambda syntax: syntax.name)
def test_a_syntax_without_a_decoder_is_refused_by_its_name(tmp_path, syntax):
    found = refusal(write(compressed(make_dataset(film_values()), bytes(64), syntax), tmp_path / "film.dcm"))
    assert found.code == "codec"
    assert found.refusal.status == 415
    assert syntax.name in str(found)


@pytest.mark.parametrize("syntax", sorted(CODECS), ids=lambda syntax: uid.UID(syntax).name)
@pytest.mark.parametrize("start", [b"", b"\xff\xd8\xff\xe0", b"\xff\x4f\xff\x51\0)"], ids=["noise", "jpeg", "j2k"])
def test_garbage_is_refused_by_every_decoder(tmp_path, syntax, start):
    noise = start + np.random.default_rng(len(start)).bytes(5000 - len(start))
    dataset = compressed(make_dataset(EIGHT, 8), noise, uid.UID(syntax))
    assert refusal(write(dataset, tmp_path / "film.dcm")).code == "decode"


def test_lossy_jpeg_2000_is_read_within_its_loss(tmp_path):
    dataset = make_dataset(film_values())
    dataset.compress(uid.JPEG2000, j2k_cr=[4], generate_instance_uid=False)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert film.bits == 12
    assert np.abs(film.pixels - film_values() / 4095).mean() < 0.01


def test_near_lossless_jpeg_ls_is_read_within_its_error(tmp_path):
    dataset = make_dataset(film_values())
    dataset.compress(uid.JPEGLSNearLossless, jls_error=3, generate_instance_uid=False)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert 0 < np.abs(film.pixels * 4095 - film_values()).max() <= 3.01


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_grey_in_a_colour_jpeg_is_read_as_grey(tmp_path, photometric):
    buffer = io.BytesIO()
    subsampling = "4:2:2" if photometric.endswith("422") else "4:4:4"
    Image.fromarray(EIGHT).convert("RGB").save(buffer, "JPEG", quality=95, subsampling=subsampling)
    frame = buffer.getvalue() + bytes(buffer.tell() % 2)
    colour = np.repeat(EIGHT[..., None], 3, axis=2)
    dataset = compressed(make_dataset(colour, 8, photometric), frame, uid.JPEGBaseline8Bit)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert np.abs(film.pixels - EIGHT / 255).mean() < 0.01


@pytest.mark.parametrize("syntax", [None, uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless])
def test_colour_by_plane_equals_colour_by_pixel(tmp_path, syntax):
    dataset = make_dataset(np.repeat(EIGHT[..., None], 3, axis=2), 8, "RGB")
    if syntax is None:
        dataset.PlanarConfiguration = 1
        dataset.PixelData = EIGHT.tobytes() * 3
    else:
        dataset.compress(syntax, generate_instance_uid=False)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels, EIGHT / np.float32(255))
    assert not codes(film)
