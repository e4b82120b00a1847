import gzip

import pytest

from pleura.core.errors import DatasetError
from pleura.data.tables import Table, table_bytes


def test_blanks_and_a_byte_order_mark_are_removed(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffImageId, EncodedPixels\r\na, 1 2 \r\n\r\nb,-1\r\n".encode())
    table = Table.read(path, required=("ImageId", "EncodedPixels"))
    assert table.rows == ({"ImageId": "a", "EncodedPixels": "1 2"}, {"ImageId": "b", "EncodedPixels": "-1"})


def test_a_table_survives_writing_and_reading_gzipped(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(table_bytes(("a", "b"), [("1", 'with "quotes", comma'), ("", "é")])))
    assert [tuple(row.values()) for row in Table.read(path).rows] == [("1", 'with "quotes", comma'), ("", "é")]


def test_a_very_long_cell_is_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(table_bytes(("a",), [("1 " * 100_000,)]))
    assert len(Table.read(path).rows[0]["a"]) == 199_999


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"a,b\n1\n", "line 2 has 1 cells", id="short row"),
        pytest.param(b"b\n1\n", "no column 'a'", id="column missing"),
        pytest.param(b"", "no column 'a'", id="empty file"),
        pytest.param(b"a\n\xff\n", "no UTF-8", id="other encoding"),
    ],
)
def test_a_broken_table_is_refused_by_name(tmp_path, content, reason):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=rf"t\.csv.*{reason}"):
        Table.read(path, required=("a",))


@pytest.mark.parametrize(
    "content",
    [b"not gzip", gzip.compress(b"a\n1\n" * 50)[:20], gzip.compress(b"a")[:10] + b"\xff" * 20],
    ids=["plain", "cut off", "damaged"],
)
def test_a_broken_gzip_is_refused(tmp_path, content):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"t\.csv\.gz"):
        Table.read(path)
