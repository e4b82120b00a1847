"""The driver's own parts: films that differ and are one picture, times at which they are due, what it adds up."""

import hashlib
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from load.films import Supply, numbered, poison
from load.traffic import Ended, Sent, at_random, quantile, seconds_of, steady

from bad_films import chest, grey8, picture
from dicom_maker import as_bytes
from pleura.core.errors import UnreadableImage
from pleura.image import read_film

FILMS = {
    "dicom": (".dcm", lambda: as_bytes(chest())),
    "png": (".png", picture(grey8())),
    "jpeg": (".jpg", picture(grey8(), "JPEG")),
}


@pytest.mark.parametrize("kind", FILMS)
def test_a_numbered_film_is_another_file_of_the_same_picture(kind, tmp_path):
    suffix, make = FILMS[kind]
    content = make()
    contents = {"plain": content, "one": numbered(content, 1), "two": numbered(content, 2)}
    films = []
    for name, bytes_ in contents.items():
        path = tmp_path / f"{name}{suffix}"
        path.write_bytes(bytes_)
        films.append(read_film(path))
    assert len({hashlib.sha256(each).digest() for each in contents.values()}) == 3
    assert all(np.array_equal(film.pixels, films[0].pixels) for film in films)
    assert all(film.notes == films[0].notes for film in films)


def test_what_cannot_be_numbered_is_told():
    with pytest.raises(ValueError, match="DICOM, PNG and JPEG"):
        numbered(b"neither", 1)


def test_a_supply_gives_its_kinds_in_turn_and_nothing_twice():
    kinds = [as_bytes(chest()), picture(grey8())()]
    supply = Supply(kinds)
    given = [supply.next() for _ in range(6)]
    assert len(set(given)) == 6
    assert [film[128:132] == b"DICM" for film in given] == [False, True] * 3


def test_poison_is_ten_films_that_no_reader_takes(tmp_path):
    films = poison()
    assert len(films) == 10
    for name, content in films.items():
        if name == "takes longer to decode than it may":
            continue
        path = tmp_path / "film"
        path.write_bytes(content)
        with pytest.raises(UnreadableImage):
            read_film(path)


def test_films_are_due_evenly_or_at_random_at_the_same_rate():
    even, random = list(steady(5, 100)), list(at_random(5, 100))
    assert len(even) == 500
    assert {round(later - earlier, 6) for earlier, later in pairwise(even)} == {0.2}
    # Four deviations of a Poisson count of 500.
    assert abs(len(random) - 500) < 90
    assert random == list(at_random(5, 100))
    assert max(random) < 100


def test_times_run_from_being_due_and_only_films_that_were_read_count():
    sent = [Sent(10.0, 0.1, 202, "a"), Sent(11.0, 0.1, 202, "b"), Sent(12.0, 0.1, 429)]
    ends = {"a": Ended("done", 10.75, None), "b": Ended("failed", 11.5, "deadline")}
    assert seconds_of(sent, ends) == [0.75]
    assert seconds_of([replace(sent[0], job="lost")], ends) == []


def test_a_quantile_is_a_value_that_was_seen():
    assert quantile([float(number) for number in range(1, 101)], 0.99) == 100
    assert quantile([3.0], 0.5) == 3.0
    assert quantile([], 0.5) == float("inf")
