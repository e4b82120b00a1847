import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.sequence import Sequence

from dicom_maker import changed, codes, film_values, lut_item, make_dataset, write
from pleura.core.errors import UnreadableImage
from pleura.image import read_film


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
def test_monochrome1_equals_its_monochrome2_twin(tmp_path, bits):
    values = film_values(bits)
    twin = values.max() - values
    one = read_film(write(make_dataset(values, bits, "MONOCHROME1"), tmp_path / "one.dcm"))
    two = read_film(write(make_dataset(twin, bits, "MONOCHROME2"), tmp_path / "two.dcm"))
    np.testing.assert_array_equal(one.pixels, two.pixels)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bits=st.integers(2, 16), signed=st.booleans(), slope=st.sampled_from([-2.5, -1.0, 0.5, 3.0]))
def test_sign_slope_and_depth_never_show_in_the_pixels(tmp_path, bits, signed, slope):
    values = film_values(bits)
    stored = (values.astype(np.int32) - (1 << (bits - 1))).astype(np.int16) if signed else values
    tags = {"RescaleSlope": slope, "RescaleIntercept": -1024}
    film = read_film(write(changed(make_dataset(stored, bits), tags), tmp_path / "film.dcm"))
    expected = values / np.float32((1 << bits) - 1)
    np.testing.assert_allclose(film.pixels, expected if slope > 0 else 1 - expected, atol=1e-6)


def test_scaling_is_by_the_declared_range_and_not_by_the_picture(tmp_path):
    film = read_film(write(make_dataset(film_values(10), 12), tmp_path / "film.dcm"))
    assert film.pixels.max() == pytest.approx(1023 / 4095)


def test_8_bits_in_a_byte_equal_8_bits_in_a_word(tmp_path):
    byte = read_film(write(make_dataset(film_values(8).astype(np.uint8), 8), tmp_path / "byte.dcm"))
    word = read_film(write(make_dataset(film_values(8), 8), tmp_path / "word.dcm"))
    np.testing.assert_array_equal(byte.pixels, word.pixels)


def test_values_beyond_the_stored_bits_are_cut_with_a_warning(tmp_path):
    values = film_values(12)
    overlay = values | np.uint16(0x1000)
    film = read_film(write(make_dataset(overlay, 12), tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels, values / np.float32(4095))
    assert codes(film) == ["bits_masked"]


def test_signed_codes_without_a_carried_sign_are_read_silently(tmp_path):
    values = film_values(12)
    stored = ((values.astype(np.int32) - 2048) & 0xFFF).astype(np.int16)
    film = read_film(write(make_dataset(stored, 12), tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels, values / np.float32(4095))
    assert not film.notes


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("padding", [0, 4095, 60000])
def test_padding_becomes_black_whatever_the_polarity(tmp_path, photometric, padding):
    values = film_values(12).clip(1, 4094)
    values[:, :5] = padding
    dataset = make_dataset(values, 12, photometric)
    dataset.add_new("PixelPaddingValue", "US", padding)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    assert not film.pixels[:, :5].any()
    assert film.pixels[:, 5:].all()
    assert not film.notes


def test_a_padding_range_is_honoured_from_end_to_end(tmp_path):
    values = film_values(12)
    dataset = make_dataset(values, 12)
    dataset.add_new("PixelPaddingValue", "US", 4000)
    dataset.add_new("PixelPaddingRangeLimit", "US", 4095)
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels == 0, (values >= 4000) | (values == 0))


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_presentation_lut_shape_inverse_turns_once(tmp_path, photometric):
    values = film_values(12)
    tags = {"PresentationLUTShape": "INVERSE"}
    film = read_film(write(changed(make_dataset(values, 12, photometric), tags), tmp_path / "film.dcm"))
    np.testing.assert_array_equal(film.pixels, (4095 - values) / np.float32(4095))


@pytest.mark.parametrize(("slope", "intercept"), [(0, 0), ("nan", 0), ("inf", 0), (1, "nan")])
def test_an_impossible_rescale_is_refused(tmp_path, slope, intercept):
    dataset = changed(make_dataset(film_values()), {"RescaleSlope": slope, "RescaleIntercept": intercept})
    with pytest.raises(UnreadableImage, match="rescale"):
        read_film(write(dataset, tmp_path / "film.dcm"))


def test_a_modality_table_is_applied_before_polarity(tmp_path):
    values = film_values(8)
    table = (np.arange(256) ** 2).astype(np.uint16)
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        dataset = make_dataset(values, 8, photometric)
        dataset.ModalityLUTSequence = Sequence([lut_item(0, table, 16)])
        film = read_film(write(dataset, tmp_path / "film.dcm"))
        expected = table[values] / 65535
        expected = 1 - expected if photometric == "MONOCHROME1" else expected
        np.testing.assert_allclose(film.pixels, expected, atol=1e-6)


def test_a_modality_table_that_does_not_fit_its_descriptor_is_refused(tmp_path):
    dataset = make_dataset(film_values(8), 8)
    item = lut_item(0, np.arange(256), 8)
    item.LUTDescriptor = [300, 0, 8]
    dataset.ModalityLUTSequence = Sequence([item])
    with pytest.raises(UnreadableImage, match="malformed"):
        read_film(write(dataset, tmp_path / "film.dcm"))


def test_a_constant_film_is_refused(tmp_path):
    with pytest.raises(UnreadableImage, match="blank"):
        read_film(write(make_dataset(np.full((96, 80), 900, np.uint16)), tmp_path / "film.dcm"))
