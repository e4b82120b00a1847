import base64
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from findings import film
from pleura.data.film_key import film_key
from pleura.evidence.film_tile import UNITS, draw_tile, make_tile
from pleura.evidence.gallery import Gallery
from pleura.evidence.reading import Reading

SIDE = 20


def reading(index, true=0, predicted=0, score=0.5, present=None):
    """A film whose first `true` pixels are marked and first `predicted` ones outlined."""
    places = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    found = predicted > 0 if present is None else present
    return Reading(index, film((SIDE, SIDE)), places < true, places < predicted, score, found)


def of_many(dataset, count):
    """The data set as if it had more films."""
    return replace(dataset, cases=tuple(replace(dataset.cases[0], id=f"film {index}") for index in range(count)))


def shown(dataset, readings, most=3):
    gallery = Gallery(of_many(dataset, len(readings)), most=most)
    for one in readings:
        gallery.show(one)
    return gallery.shown()


def numbers(tiles):
    return [tile.number for tile in tiles]


def test_each_kind_holds_the_films_it_should(dataset):
    good = [reading(index, 100, predicted) for index, predicted in enumerate((100, 90, 80, 60, 40, 20, 50))]
    missed = [reading(7, 30), reading(8, 50)]
    alarms = [reading(9, 0, 5, 0.6), reading(10, 0, 9, 0.9)]
    found = shown(dataset, [*good, *missed, *alarms, reading(11)], most=2)
    assert numbers(found.best) == [1, 2]
    assert numbers(found.worst) == [6, 5]
    assert numbers(found.missed) == [9, 8]
    assert numbers(found.alarms) == [11, 10]
    assert found.totals == {"found": 7, "missed": 2, "alarms": 2, "positives": 9}
    dice = [1, 180 / 190, 160 / 180, 120 / 160, 80 / 140, 40 / 120, 100 / 150, 0, 0]
    assert found.median_dice == pytest.approx(np.median(dice))
    assert 7 in numbers(found.median)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 40, 200]), st.integers(0, 300)), max_size=30))
def test_galleries_are_bounded_and_tell_no_film_twice(dataset, sizes):
    found = shown(dataset, [reading(index, true, predicted) for index, (true, predicted) in enumerate(sizes)])
    kinds = (found.best, found.median, found.worst, found.missed, found.alarms)
    assert all(len(kind) <= 3 for kind in kinds)
    of_dice = numbers([*found.best, *found.median, *found.worst])
    assert len(of_dice) == len(set(of_dice))
    assert all(not tile.present and tile.found for tile in found.alarms)
    assert all(tile.present and not tile.found for tile in found.missed)
    assert [tile.dice for tile in found.best] == sorted((tile.dice for tile in found.best), reverse=True)


def test_what_is_held_does_not_grow_with_the_films(dataset):
    count = 400
    gallery = Gallery(of_many(dataset, count))
    for index in range(count):
        gallery.show(reading(index, 100, 1 + index % 200))
    held = len(gallery._reservoir) + sum(len(top.tiles()) for top in gallery._tops.values())
    assert held <= 60 + 4 * 12
    found = gallery.shown()
    assert all(abs(tile.dice - found.median_dice) < 0.1 for tile in found.median)


def test_the_same_seed_shows_the_same_films(dataset):
    readings = [reading(index, 100, 1 + (37 * index) % 199) for index in range(150)]
    assert numbers(shown(dataset, readings).median) == numbers(shown(dataset, readings).median)


def test_a_tile_is_small_and_its_outline_stands_where_the_mask_is():
    wide = film((500, 1000))
    truth = np.zeros((500, 1000), np.bool_)
    truth[100:200, 300:500] = True
    tile = make_tile(Reading(0, wide, truth, ~truth & False, 0.4, False), 7, film_key("a name"))
    assert tile.size == pytest.approx((UNITS, UNITS / 2))
    assert tile.predicted == ""
    points = np.array(tile.truth.strip("MZ").replace("L", " ").split(), float).reshape(-1, 2)
    pixel = UNITS / 1000
    assert points.min(0) == pytest.approx([300.5 * pixel, 100.5 * pixel], abs=0.06)
    assert points.max(0) == pytest.approx([499.5 * pixel, 199.5 * pixel], abs=0.06)
    assert len(tile.film) < 60_000
    drawn = draw_tile(tile)
    assert "not found" in drawn
    assert "film 7" in drawn
    assert "a name" not in drawn


def test_a_tile_keeps_the_films_proportions():
    tile = make_tile(reading(0, 10, 10), 1, "ab")
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(tile.film), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape[0] == picture.shape[1]
