"""The drawn film reads back from every format, and a model finds air on it."""

import numpy as np
import pytest

from pleura.bench.film import drawn_film
from pleura.bench.formats import DEFAULT_FORMAT, write_formats
from pleura.image import read_film

LOSSY = ("JPEG", "DICOM, JPEG")


def test_every_format_reads_back_as_the_film(tmp_path):
    film = drawn_film(256, 320)
    files = write_formats(film, tmp_path)
    assert DEFAULT_FORMAT in files
    for name, path in files.items():
        read = read_film(path)
        assert read.shape == (256, 320), name
        levels = 2**12 if "DICOM" in name and name not in LOSSY else 2**16 if "16" in name else 2**8
        least = 0.05 if name in LOSSY else 0.51 / (levels - 1)
        assert np.abs(read.pixels - film).max() <= least, name


def test_the_film_is_the_same_each_time_and_has_air_at_the_picture_s_left_alone():
    film = drawn_film(200, 240)
    assert np.array_equal(film, drawn_film(200, 240))
    assert film.dtype == np.float32
    assert (film.min() >= 0) & (film.max() <= 1)
    air = film < 0.12
    assert air[:, :120].mean() > 0.03
    assert air[:, 120:].mean() < 0.001


@pytest.mark.long  # opens the shipped networks
def test_the_shipped_model_finds_the_air():
    from pleura.core.types import Radiograph, Source
    from pleura.predict import load_predictor

    film = Radiograph(drawn_film(1024, 1024), Source("drawn", "drawn", "0" * 64, "png"), 16)
    assert load_predictor(gate=False).read(film).present
