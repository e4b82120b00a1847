import base64

import cv2
import numpy as np
import pytest

from pleura.train.report.samples import Watch, choose, keep_sheet, outcome_of, read_sheets, spaced
from pleura.train.report.tile import SIDE, Planes


def planes(truth=0, predicted=0, side=32):
    """A film whose first `truth` rows are marked and first `predicted` rows outlined."""
    rows = np.broadcast_to(np.arange(side)[:, None], (side, side))
    found = rows < predicted
    return Planes(np.full((side, side), 0.5, np.float32), found.astype(np.float32), rows < truth, found)


def test_half_of_the_films_shown_have_a_pneumothorax_and_the_seed_decides_which():
    present = np.arange(40) % 4 == 0
    chosen = choose(present, 1)
    assert present[chosen].tolist() == [True] * 3 + [False] * 3
    assert chosen == choose(present, 1) != choose(present, 2)


@pytest.mark.parametrize(
    ("present", "expected"), [([True] * 9, [True] * 6), ([True] + [False] * 9, [True] + [False] * 5)]
)
def test_the_other_kind_fills_up_where_there_are_too_few(present, expected):
    assert [present[row] for row in choose(np.array(present), 0)] == expected


@pytest.mark.parametrize(
    ("truth", "predicted", "dice", "outlined"),
    [(8, 8, 1.0, 0.25), (8, 24, 0.5, 0.75), (0, 0, 1.0, 0.0), (0, 8, 0.0, 0.25)],
)
def test_the_outcome_of_drawn_films(truth, predicted, dice, outlined):
    found = outcome_of(planes(truth, predicted), 0.7)
    assert (found.present, found.score, found.dice, found.outlined) == (truth > 0, 0.7, dice, outlined)


def test_the_worst_are_the_lowest_dice_and_the_largest_false_outline(tiny_data):
    films = tiny_data.indices("train")
    watch = Watch(tiny_data, films, seed=0)
    predicted = {0: 8, 1: 2, 2: 4, 3: 6, 4: 1}  # of 8 marked rows: film 0 is perfect
    false = {10: 0, 11: 3, 12: 9, 13: 5, 14: 7}  # film 10 is left empty
    for row in range(len(films)):
        truth = 8 if row < 10 else 0
        watch(row, planes(truth, predicted.get(row, false.get(row, truth))), 0.5)
    sheet = watch.sheet(4)
    assert [tile.number for tile in sheet.missed] == [5, 2, 3]
    assert [tile.number for tile in sheet.alarms] == [13, 15, 14]
    assert len(sheet.shown) == 6
    ids = {case.id for case in tiny_data.cases}
    assert not {tile.key for tile in sheet.shown} & ids


def test_what_is_kept_later_was_never_dropped_earlier():
    epochs = range(2, 300, 3)
    kept = set(epochs)
    for count in range(1, len(epochs) + 1):
        chosen = spaced(epochs[:count])
        kept -= set(epochs[:count]) - set(chosen)
        assert kept >= set(chosen)
        assert len(chosen) <= 8
    assert spaced(range(20)) == [3, 7, 11, 15, 19]


def test_the_best_and_the_last_epoch_stay_and_a_repeated_epoch_is_written_again(tiny_data, tmp_path):
    films = tiny_data.indices("val")
    watch = Watch(tiny_data, films, seed=0)
    for epoch in (*range(20), 19):
        for row in range(len(films)):
            watch(row, planes(4 * (row % 2), 4), 0.5)
        keep_sheet(tmp_path, watch.sheet(epoch), range(epoch + 1), best_epoch=5)
    sheets = read_sheets(tmp_path)
    assert [sheet.epoch for sheet in sheets] == [3, 5, 7, 11, 15, 19]
    assert len(list((tmp_path / "samples").iterdir())) == 6
    picture = np.frombuffer(base64.b64decode(sheets[0].shown[0].film), np.uint8)
    assert cv2.imdecode(picture, cv2.IMREAD_GRAYSCALE).shape == (SIDE, SIDE)
