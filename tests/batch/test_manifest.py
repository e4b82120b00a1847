"""A manifest holds every film in order, a row group a shard, and its hash changes when any film does."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.batch import manifest
from pleura.batch.errors import BatchError
from pleura.batch.inputs.item import Item
from pleura.batch.manifest import Manifest, list_films
from pleura.batch.sharding import films_a_shard, shard_count
from pleura.batch.store import FolderStore

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
ITEMS = st.dictionaries(
    TEXT, st.builds(Item, TEXT, TEXT, st.none() | st.integers(0, 2**60), st.none() | TEXT), min_size=1, max_size=40
).map(lambda found: [replace(item, identity=name) for name, item in sorted(found.items())])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("manifests")


def listed(folder, items, size=None):
    path = folder / "manifest.parquet"
    path.unlink(missing_ok=True)
    listing = list_films(iter(items), path, size)
    return listing, Manifest(FolderStore(folder), path.name)


@settings(max_examples=30)
@given(ITEMS, st.integers(1, 9))
def test_films_come_back_in_order_shard_by_shard(folder, items, size):
    listing, written = listed(folder, items, size)
    shards = [written.items(shard) for shard in range(shard_count(listing.films, listing.size))]
    assert [item for shard in shards for item in shard] == items
    assert [len(shard) for shard in shards[:-1]] == [size] * (len(shards) - 1)
    assert listing.films == len(items)
    for number, shard in enumerate(shards):
        assert written.identities(number).to_pylist() == [item.identity for item in shard]
        assert written.span(number) == (shard[0].identity, shard[-1].identity)


@settings(max_examples=30)
@given(ITEMS, st.data())
def test_its_hash_differs_where_a_film_does(folder, items, data):
    place = data.draw(st.integers(0, len(items) - 1))
    name = data.draw(st.sampled_from(["place", "size", "etag"]))
    kinds = {"place": TEXT, "size": st.none() | st.integers(0, 9), "etag": st.none() | TEXT}
    other = replace(items[place], **{name: data.draw(kinds[name])})
    changed = [*items[:place], other, *items[place + 1 :]]
    same = listed(folder, items)[0].sha256 == listed(folder, changed)[0].sha256
    assert same == (other == items[place])


def test_no_bit_of_its_pages_turns_into_another_film(folder):
    items = [Item(f"{number}", "at", number, "e") for number in range(3)]
    listing, _ = listed(folder, items)
    content = listing.path.read_bytes()
    pages = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    noticed = 0
    for place in range(4, pages):
        listing.path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            assert Manifest(FolderStore(folder), listing.path.name).items(0) == items
        except BatchError:
            noticed += 1
    assert noticed > 100


def test_films_are_written_as_they_come(folder, monkeypatch):
    monkeypatch.setattr(manifest, "_AT_ONCE", 7)
    items = [Item(f"{number:05d}", "", number, None) for number in range(1000)]
    listing, written = listed(folder, items)
    assert listing.size == films_a_shard(1000)
    shards = range(shard_count(listing.films, listing.size))
    assert [item for shard in shards for item in written.items(shard)] == items
