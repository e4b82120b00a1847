"""Which film is in which shard depends on their number alone, and slices share the shards out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.batch.errors import BatchError
from pleura.batch.sharding import (
    LEAST_FILMS,
    MOST_FILMS,
    Slice,
    films_a_shard,
    shard_count,
    shard_name,
    shards_named,
)


@given(st.integers(1, 10**9))
def test_shards_hold_every_film_and_none_is_empty(films):
    size = films_a_shard(films)
    count = shard_count(films, size)
    assert LEAST_FILMS <= size <= MOST_FILMS
    assert (count - 1) * size < films <= count * size


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_films_never_make_smaller_shards(one, other):
    fewer, more = sorted((one, other))
    assert films_a_shard(fewer) <= films_a_shard(more)


@given(st.integers(0, 500), st.integers(1, 40))
def test_slices_hold_every_shard_once(count, of):
    dealt = [shard for number in range(of) for shard in Slice(number + 1, of).shards(count)]
    assert sorted(dealt) == list(range(count))


@given(st.sets(st.integers(0, 10**8)))
def test_shards_are_known_by_their_names(shards):
    others = {"part-1.parquet", ".0123456789abcdef.part", "part-000001.parquet.tmp", "summary.json"}
    assert shards_named({shard_name(shard) for shard in shards} | others) == shards


def test_a_slice_is_read_as_it_is_written():
    assert Slice.parsed("3/16") == Slice(3, 16)


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "1/0", "-1/4", "1/4/2", "a/b", "", "\u0661/4"])
def test_what_is_no_slice_is_refused(text):
    with pytest.raises(BatchError, match="3/16"):
        Slice.parsed(text)
