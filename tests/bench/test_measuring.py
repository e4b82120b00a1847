"""A measurement that cannot be made ends before it begins."""

import pytest

from models import make_model
from pleura.bench.measure import Bench, Wish
from pleura.core.errors import UnreadableImage


def test_a_film_that_must_not_be_read_is_told_before_anything_is_measured(tmp_path):
    film = tmp_path / "film.png"
    film.write_bytes(b"nothing of the kind")
    bench = Bench(Wish(make_model(tmp_path / "m.onnx").path, film))
    with pytest.raises(UnreadableImage):
        list(bench.run())
    assert bench.rows == []
