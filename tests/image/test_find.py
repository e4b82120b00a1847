import errno
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dicom_maker import film_values, make_dataset, write
from pleura.core.errors import InputNotFound
from pleura.image import find_films


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "films"
    (root / "deep" / "deeper").mkdir(parents=True)
    picture = Image.fromarray(film_values(8).astype(np.uint8))
    picture.save(root / "b.PNG", format="PNG")
    picture.save(root / "deep" / "a.jpg")
    write(make_dataset(film_values()), root / "deep" / "deeper" / "IM0001")
    write(make_dataset(film_values()), root / "1.2.840.113")
    write(make_dataset(film_values()), root / "DICOMDIR")
    (root / "notes.txt").write_text("no film")
    (root / "README").write_text("no film")
    (root / ".hidden.png").write_bytes(b"")
    return root


def names(films):
    return [film.name for film in films]


def test_a_folder_gives_its_films_with_all_below_sorted(folder):
    assert names(find_films([str(folder)])) == ["1.2.840.113", "b.PNG", "a.jpg", "IM0001"]


def test_a_named_file_is_always_taken_so_that_its_refusal_is_seen(folder):
    assert names(find_films([str(folder / "notes.txt")])) == ["notes.txt"]


def test_a_glob_may_span_folders_and_gives_each_film_once(folder):
    films = find_films([f"{folder}/**/*.jpg", str(folder / "deep"), str(folder / "deep" / "a.jpg")])
    assert names(films) == ["a.jpg", "IM0001"]


def test_a_name_with_brackets_is_meant_literally(folder):
    odd = folder / "film[1].png"
    (folder / "b.PNG").rename(odd)
    assert find_films([str(odd)]) == [odd]


@pytest.mark.parametrize("pattern", ["absent.dcm", "absent/*.dcm"])
def test_what_matches_nothing_is_named(folder, pattern):
    with pytest.raises(InputNotFound, match="absent"):
        find_films([str(folder / pattern)])


def test_a_folder_without_films_is_an_error(tmp_path):
    with pytest.raises(InputNotFound, match="no film"):
        find_films([str(tmp_path)])


def test_links_are_not_followed_out_of_the_folder(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "b.PNG").rename(outside / "secret.png")
    (folder / "link.png").symlink_to(outside / "secret.png")
    (folder / "away").symlink_to(outside)
    (folder / "inside.jpg").symlink_to(folder / "deep" / "a.jpg")
    (folder / "broken.png").symlink_to(folder / "absent.png")
    (folder / "circle.png").symlink_to(folder / "circle.png")
    films = find_films([str(folder)])
    assert not {"secret.png", "link.png", "broken.png", "circle.png"} & set(names(films))
    assert len(films) == 3


def test_a_folder_that_cannot_be_listed_is_named_and_not_passed_over(folder, monkeypatch):
    # A superuser may list any folder, so that the system is made to refuse.
    listed = os.scandir

    def scandir(path):
        if Path(path).name == "deeper":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(InputNotFound, match="deeper: it cannot be listed: Permission denied"):
        find_films([str(folder)])
