import numpy as np
import pytest

from pleura.core.errors import DatasetError
from pleura.core.spec import Contrast, InputSpec
from pleura.core.types import Maps
from pleura.evidence.out_of_fold import OutOfFoldRecord, gather, join, read_out_of_fold, write_out_of_fold

SIDE = 32
SPEC = InputSpec(side=SIDE, channels=1, contrast=Contrast(kind="declared"), mean=(0.0,), std=(1.0,))


def record(films, fold, **changes):
    asked = {"data_name": "tiny", "data_sha256": "0" * 64, "input": SPEC, "tta": "flip"}
    return OutOfFoldRecord(**(asked | {"films": films, "folds": [fold] * len(films)} | changes))


def maps(level):
    plane = np.full((SIDE, SIDE), level, dtype=np.float32)
    return Maps(mask=plane, label=level, distance=1 - 2 * plane)


def test_folds_are_joined_in_the_order_of_the_films_and_read_back(tmp_path):
    first = gather(record((1, 4), 0), [maps(0.1), maps(0.4)])
    second = gather(record((2,), 1), [maps(0.2)])
    write_out_of_fold(join([first, second]), tmp_path)
    found = read_out_of_fold(tmp_path)
    assert found.films.tolist() == [1, 2, 4]
    assert found.record.folds == (0, 1, 0)
    for place, level in enumerate((0.1, 0.2, 0.4)):
        film = found.film(place)
        assert film.mask == pytest.approx(level, abs=0.5 / 255 + 1e-6)
        assert film.label == pytest.approx(level)
        assert film.distance == pytest.approx(1 - 2 * level, abs=0.5 / 127 + 1e-6)


def test_maps_without_heads_come_back_without(tmp_path):
    write_out_of_fold(gather(record((0,), 0), [Maps(mask=maps(0.5).mask)]), tmp_path)
    film = read_out_of_fold(tmp_path).film(0)
    assert film.label is None
    assert film.distance is None


@pytest.mark.parametrize(
    ("films", "changes"),
    [
        pytest.param((1,), {}, id="a film twice"),
        pytest.param((2,), {"data_sha256": "1" * 64}, id="other data"),
        pytest.param((2,), {"tta": "none"}, id="other augmentation"),
    ],
)
def test_folds_that_do_not_belong_together_are_refused(films, changes):
    with pytest.raises(DatasetError, match="different data or grids, or share a film"):
        join([gather(record((1,), 0), [maps(0.1)]), gather(record(films, 1, **changes), [maps(0.2)])])


def test_a_folder_whose_files_do_not_belong_together_is_refused(tmp_path):
    write_out_of_fold(gather(record((0,), 0), [maps(0.1)]), tmp_path)
    np.save(tmp_path / "maps.npy", np.zeros((2, SIDE, SIDE), dtype=np.uint8))
    with pytest.raises(DatasetError, match=r"maps\.npy: is \(2, 32, 32\)"):
        read_out_of_fold(tmp_path)
    with pytest.raises(DatasetError, match=r"cases\.json cannot be read"):
        read_out_of_fold(tmp_path / "nothing")
