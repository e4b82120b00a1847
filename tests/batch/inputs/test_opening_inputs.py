"""What the user names as input, and what it is taken for."""

import pytest

from pleura.batch.inputs import open_source
from pleura.batch.inputs.errors import BatchInputError
from pleura.batch.studies import StudyChoice


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(BatchInputError, match="no such file or folder"):
        open_source(str(tmp_path / "absent"))


def test_a_file_of_another_kind_is_told_with_the_kinds_there_are(tmp_path):
    path = tmp_path / "films.xlsx"
    path.write_bytes(b"x")
    with pytest.raises(BatchInputError, match=r"\.txt, \.csv, \.csv\.gz, \.parquet, \.toml"):
        open_source(str(path))


def test_a_query_belongs_to_a_pacs_alone(tmp_path):
    with pytest.raises(BatchInputError, match="is no PACS"):
        open_source(str(tmp_path), StudyChoice(date="20260101"))


def test_a_folder_that_is_written_as_a_url_is_that_folder(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list(open_source(f"file://{tmp_path}").items()) == list(open_source(str(tmp_path)).items())


def test_a_folder_may_end_like_a_list(tmp_path):
    folder = tmp_path / "films.txt"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"x")
    assert [item.identity for item in open_source(str(folder)).items()] == ["a.png"]
