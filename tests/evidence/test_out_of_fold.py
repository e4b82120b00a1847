"""Maps of folds as they are kept: files as numpy writes them, joined without a value changed, a film at a time."""

import tracemalloc

import numpy as np
import pytest

from models import make_spec
from pleura.core.errors import DatasetError
from pleura.core.types import Maps
from pleura.evidence.out_of_fold import OutOfFoldRecord, read_out_of_fold, write_joined, write_out_of_fold

SIDE = 32
STEPS = np.arange(SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
"""From which each film's maps take every one of their steps, turned by its number."""


def record(films, fold=1):
    return OutOfFoldRecord(
        data_name="drawn",
        data_sha256="0" * 64,
        input=make_spec(SIDE).input,
        tta="none",
        films=tuple(films),
        folds=(fold,) * len(films),
    )


def bytes_of(film):
    return (STEPS + film) % 256, (STEPS + film) % 255 - 127


def said(film, distance=True):
    mask, far = bytes_of(film)
    return Maps(mask / np.float32(255), label=film / 100, distance=far / np.float32(127) if distance else None)


def write_fold(folder, films, fold=1, distance=True):
    write_out_of_fold(record(films, fold), (said(film, distance) for film in films), folder)
    return read_out_of_fold(folder)


def test_files_are_those_that_numpy_writes(tmp_path):
    write_fold(tmp_path / "fold", (0, 7))
    masks, distances = (np.stack(those) for those in zip(*map(bytes_of, (0, 7)), strict=True))
    for name, array in (
        ("maps", masks.astype(np.uint8)),
        ("distance", distances.astype(np.int8)),
        ("label", np.array([0, 0.07], dtype=np.float32)),
    ):
        np.save(tmp_path / f"{name}.npy", array)
        assert (tmp_path / "fold" / f"{name}.npy").read_bytes() == (tmp_path / f"{name}.npy").read_bytes()


def test_joined_folds_hold_every_film_as_its_fold_does_in_ascending_order(tmp_path):
    parts = [write_fold(tmp_path / "1", (0, 3, 4)), write_fold(tmp_path / "2", (1, 2, 5), fold=2)]
    write_joined(parts, tmp_path / "all")
    whole = read_out_of_fold(tmp_path / "all")
    assert whole.record.films == (0, 1, 2, 3, 4, 5)
    assert whole.record.folds == (1, 2, 2, 1, 1, 2)
    for film in range(6):
        mask, distance = bytes_of(film)
        np.testing.assert_array_equal(whole.maps[film], mask)
        np.testing.assert_array_equal(whole.distance[film], distance)
        assert whole.label[film] == np.float32(film / 100)


def test_folds_that_do_not_belong_together_are_not_joined(tmp_path):
    one = write_fold(tmp_path / "1", (0, 1))
    for name, films, distance in (("shares", (1, 2), True), ("lacks", (2, 3), False)):
        with pytest.raises(DatasetError, match="heads, or share a film"):
            write_joined([one, write_fold(tmp_path / name, films, 2, distance)], tmp_path / "all")
    assert not (tmp_path / "all").exists()


def test_what_is_missing_of_the_films_leaves_no_folder_that_seems_whole(tmp_path):
    with pytest.raises(ValueError, match="shorter"):
        write_out_of_fold(record((0, 1, 2)), (said(film) for film in (0, 1)), tmp_path / "fold")
    assert not list((tmp_path / "fold").iterdir())


def test_writing_and_joining_take_memory_for_a_few_films_however_many_there_are(tmp_path):
    films = 400
    tracemalloc.start()
    try:
        parts = [write_fold(tmp_path / str(fold), range(fold, films, 2), fold + 1) for fold in (0, 1)]
        write_joined(parts, tmp_path / "all")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < films * SIDE * SIDE  # of one byte a pixel, where mask and distance of all take twice as much
