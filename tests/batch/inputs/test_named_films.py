"""Lists and tables of films as input of a batch."""

import gzip

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pleura.batch.errors import StoreError
from pleura.batch.inputs import open_source
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.inputs.item import Item
from pleura.core.errors import UnreadableImage

SECRET = "s3cr3t"


def listed(folder, content, name="films.txt"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return open_source(str(path))


def tabled(folder, name, **columns):
    table = pa.table(columns)
    if name.endswith(".parquet"):
        pq.write_table(table, folder / name)
    else:
        with (gzip.open if name.endswith(".gz") else open)(folder / name, "wb") as file:
            pa.csv.write_csv(table, file)
    return open_source(str(folder / name))


def test_a_list_names_films_from_its_own_folder_or_anywhere(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.dcm").write_bytes(b"near")
    (tmp_path / "far.dcm").write_bytes(b"far")
    far = str(tmp_path / "far.dcm")
    source = listed(tmp_path, f"\ufeffin/a.dcm\r\n\n{far}\n")
    items = list(source.items())
    assert {item.identity for item in items} == {"in/a.dcm", far}
    assert {source.fetch(item) for item in items} == {b"near", b"far"}
    assert {item.size for item in items} == {3, 4}


def test_a_film_that_is_not_there_is_listed_for_its_refusal(tmp_path):
    source = listed(tmp_path, "empty/absent.dcm")
    (tmp_path / "empty").mkdir()
    (item,) = source.items()
    assert item == Item("empty/absent.dcm", "empty/absent.dcm", None, None)
    with pytest.raises(UnreadableImage, match="No such file"):
        source.fetch(item)


@pytest.mark.parametrize("place", ["{share}/2026/a.dcm", "2026/a.dcm"])
@pytest.mark.parametrize("left", ["nothing", "the empty folder of its mount"])
def test_films_of_a_list_are_not_refused_one_by_one_where_their_share_went(tmp_path, place, left):
    share = tmp_path / "mount" / "share"
    (share / "2026").mkdir(parents=True)
    for name in "ab":
        (share / "2026" / f"{name}.dcm").write_bytes(b"x")
    source = listed(share, f"{place.format(share=share)}\n2026/b.dcm\n")
    first, second = sorted(source.items(), key=lambda item: item.place[-5:])
    (share / "2026" / "a.dcm").unlink()
    with pytest.raises(UnreadableImage, match="No such file"):
        source.fetch(first)
    assert source.fetch(second) == b"x"
    share.rename(tmp_path / "away")
    if left != "nothing":
        share.mkdir()
    with pytest.raises(StoreError, match="Mount it"):
        source.fetch(first)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "no film", id="empty"),
        pytest.param(b"a.dcm\n\xff.dcm\n", "line 2 is no UTF-8", id="latin"),
        pytest.param(b"a.dcm\nb.dcm\na.dcm\n", "'a.dcm' stands in it twice", id="twice"),
        pytest.param(b"a\0.dcm\n", "line 1 is no path", id="nul"),
        pytest.param(b"x" * 40_000, "line 1 is no path", id="endless"),
        pytest.param(f"s3://key:{SECRET}@bucket/a\n".encode(), "line 1 holds a credential", id="password"),
        pytest.param(f"https://host/a.dcm?sig={SECRET}\n".encode(), "line 1 holds a credential", id="signed"),
        pytest.param(f"cached::s3://key:{SECRET}@b/a\n".encode(), "line 1 holds a credential", id="chained"),
        pytest.param(f"zip://a::s3://key:{SECRET}@b/a\n".encode(), "line 1 holds a credential", id="packed"),
    ],
)
def test_a_list_that_is_none_is_told_with_its_line(tmp_path, content, said):
    with pytest.raises(BatchInputError) as raised:
        list(listed(tmp_path, content).items())
    assert said in str(raised.value)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("name", ["films.csv", "films.csv.gz", "films.parquet"])
def test_a_table_names_films_and_may_say_more_of_them(tmp_path, name):
    columns = {"size": [5, None], "film": ["x/b.dcm", "a.dcm"], "etag": ["e", None], "id": ["first", None]}
    assert list(tabled(tmp_path, name, **columns).items()) == [
        Item("a.dcm", "a.dcm", None, None),
        Item("first", "x/b.dcm", 5, "e"),
    ]


def test_numbers_in_a_csv_that_name_films_stay_as_they_are_written(tmp_path):
    (tmp_path / "films.csv").write_text("film,id\n007,1e3\n")
    assert list(open_source(str(tmp_path / "films.csv")).items()) == [Item("1e3", "007", None, None)]


@pytest.mark.parametrize("name", ["films.csv", "films.parquet"])
def test_a_column_that_would_be_passed_over_is_refused_and_the_known_ones_are_listed(tmp_path, name):
    with pytest.raises(BatchInputError, match=r"columns PatientName.*film, id, size, etag"):
        list(tabled(tmp_path, name, film=["a"], PatientName=[SECRET]).items())
    with pytest.raises(BatchInputError, match="no column film"):
        list(tabled(tmp_path, name, id=["a"]).items())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("t.csv", b"film,size\na.dcm," + SECRET.encode() + b"\n", id="size"),
        pytest.param("t.csv", b"film,size\na.dcm,1,2\n", id="cells"),
        pytest.param("t.csv", b"film\n\xff\n", id="latin"),
        pytest.param("t.csv.gz", b"film\na\n", id="unpacked"),
        pytest.param("t.parquet", b"film\na\n", id="no_parquet"),
    ],
)
def test_a_table_that_is_none_is_told_and_no_value_repeated(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BatchInputError, match="is no table that can be read") as raised:
        list(open_source(str(tmp_path / name)).items())
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("film", [None, "", "a\0.dcm"])
def test_a_row_without_a_film_is_told(tmp_path, film):
    with pytest.raises(BatchInputError, match="row 2 names no film"):
        list(tabled(tmp_path, "t.parquet", film=["a", film]).items())


def test_a_table_of_many_blocks_may_have_values_of_several_lines(tmp_path):
    names = [f"{number:06d}{' of many lines'.ljust(20, chr(10)) * 50}" for number in range(4500)]
    source = tabled(tmp_path, "t.csv", film=names, size=[1] * len(names))
    assert (tmp_path / "t.csv").stat().st_size > 4 << 20
    assert [item.place for item in source.items()] == names
