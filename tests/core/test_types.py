import dataclasses

import numpy as np
import pytest

from findings import absent, film
from pleura.core.errors import PleuraError, Refusal, UnreadableImage


def test_a_film_says_its_rows_and_columns():
    assert film((30, 40)).shape == (30, 40)


def test_a_film_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        film().bits = 12


def test_a_finding_shows_itself_by_the_picture_it_was_given():
    found = absent()
    assert found._repr_png_() is None
    shown = dataclasses.replace(found, picture=lambda it: b"png of " + it.film.source.name.encode())
    assert shown._repr_png_() == b"png of film.png"


def test_the_picture_is_no_part_of_what_a_finding_says():
    plain = absent()
    assert "picture" not in repr(plain)
    assert np.array_equal(plain.mask, dataclasses.replace(plain, picture=lambda _it: b"").mask)


def test_an_error_says_what_where_and_what_to_do():
    error = UnreadableImage("a/b.dcm", Refusal.DECODE, "the stream is cut", "Export it again.")
    assert str(error) == "a/b.dcm: the stream is cut [decode]. Export it again."
    assert (error.code, error.path, error.refusal) == ("decode", "a/b.dcm", Refusal.DECODE)
    assert isinstance(error, PleuraError)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Refusal.NOT_AN_IMAGE, 400), (Refusal.CODEC, 415), (Refusal.TOO_LARGE, 413), (Refusal.VIEW, 422)],
)
def test_a_refusal_has_an_http_status(refusal, status):
    assert refusal.status == status
