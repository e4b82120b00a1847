import numpy as np
import pytest
from pydicom.pixels import apply_voi_lut
from pydicom.sequence import Sequence

from dicom_maker import changed, codes, film_values, lut_item, make_dataset, write
from pleura.core.preprocess import apply_voi
from pleura.image import read_film


def read(tmp_path, tags, photometric="MONOCHROME2"):
    return read_film(write(changed(make_dataset(film_values(), 12, photometric), tags), tmp_path / "film.dcm"))


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (2, -1000)])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_window_gives_what_pydicom_gives(tmp_path, function, slope, intercept, photometric):
    tags = {
        "WindowCenter": 2000,
        "WindowWidth": 900,
        "VOILUTFunction": function,
        "RescaleSlope": slope,
        "RescaleIntercept": intercept,
    }
    film = read(tmp_path, tags, photometric)
    dataset = changed(make_dataset(film_values()), tags)
    shown = apply_voi_lut(film_values().astype(float) * slope + intercept, dataset)
    low, high = intercept, 4095 * slope + intercept
    expected = (shown - low) / (high - low)
    expected = 1 - expected if photometric == "MONOCHROME1" else expected
    np.testing.assert_allclose(apply_voi(film.pixels, film.voi), expected, atol=1e-5)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_table_gives_what_pydicom_gives(tmp_path, photometric):
    table = np.sqrt(np.linspace(0, 1, 1000)) * 1023
    dataset = make_dataset(film_values(), 12, photometric)
    dataset.VOILUTSequence = Sequence([lut_item(500, table.astype(np.uint16), 10)])
    film = read_film(write(dataset, tmp_path / "film.dcm"))
    expected = apply_voi_lut(film_values(), dataset) / 1023
    expected = 1 - expected if photometric == "MONOCHROME1" else expected
    np.testing.assert_allclose(apply_voi(film.pixels, film.voi), expected, atol=1e-4)


@pytest.mark.parametrize(
    "tags",
    [
        pytest.param({"WindowCenter": 2000, "WindowWidth": 0}, id="width_0"),
        pytest.param({"WindowCenter": 2000, "WindowWidth": 1}, id="width_1"),
        pytest.param({"WindowCenter": "nan", "WindowWidth": 500}, id="not_a_number"),
        pytest.param({"WindowCenter": 90000, "WindowWidth": 500}, id="beside_the_range"),
        pytest.param({"WindowCenter": [2000, 1000], "WindowWidth": 500}, id="unequal_counts"),
        pytest.param({"WindowCenter": 2000}, id="no_width"),
        pytest.param({"WindowCenter": 9, "WindowWidth": 9, "VOILUTFunction": "CUBIC"}, id="function"),
    ],
)
def test_an_unusable_window_is_ignored_with_a_warning(tmp_path, tags):
    film = read(tmp_path, tags)
    assert film.voi is None
    assert codes(film) == ["voi_ignored"]


def test_the_first_sane_window_of_several_is_taken(tmp_path):
    film = read(tmp_path, {"WindowCenter": [0, 2048, 1000], "WindowWidth": [0, 4096, 10]})
    assert (film.voi.low, film.voi.high) == pytest.approx((0, 1))
    assert codes(film) == ["voi_ignored"]


def test_a_header_without_a_window_gives_no_curve_and_no_warning(tmp_path):
    film = read(tmp_path, {})
    assert film.voi is None
    assert not film.notes
