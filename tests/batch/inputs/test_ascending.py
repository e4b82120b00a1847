"""Films in order, however they come and however many parts they are sorted in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.batch.inputs.ascending import ascending
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


def item(identity, size=None):
    return Item(identity, f"at/{identity}", size, None if size is None else f"{size:x}")


@settings(max_examples=30, deadline=None)
@given(names=st.lists(NAMES, unique=True, min_size=1, max_size=60), part_bytes=st.sampled_from([1, 1 << 20]))
def test_films_come_whole_and_in_the_order_of_their_bytes(names, part_bytes):
    # One film a part where a part takes a byte.
    films = (item(name, len(name)) for name in names)
    found = list(ascending(films, "input", part_bytes))
    assert [each.identity for each in found] == sorted(names, key=lambda name: name.encode("utf-8"))
    assert set(found) == {item(name, len(name)) for name in names}


def test_many_parts_of_many_chunks_are_merged():
    numbers = [(number * 7919) % 50_000 for number in range(50_000)]
    found = list(ascending((item(f"{number:06}") for number in numbers), "input", 1 << 18))
    assert [each.identity for each in found] == [f"{number:06}" for number in range(50_000)]


@pytest.mark.parametrize("part_bytes", [1, 1 << 20])
def test_a_film_that_is_named_twice_is_refused_and_told(part_bytes):
    films = [item("b"), item("a", 1), item("c"), item("a", 2)]
    with pytest.raises(BatchInputError, match=r"films\.txt: 'a' stands in it twice"):
        list(ascending(films, "films.txt", part_bytes))


def test_no_film_is_an_error():
    with pytest.raises(BatchInputError, match="no film"):
        list(ascending([], "empty"))


def test_nothing_is_left_of_the_sorting(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    films = ascending(map(item, "cab"), "input", 1)
    next(films)
    assert list(tmp_path.iterdir())
    films.close()
    assert not list(tmp_path.iterdir())
