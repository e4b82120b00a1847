import cv2
import numpy as np
import pytest

from pleura.core.errors import DatasetError
from pleura.data.lungs import BOTH, LEFT, RIGHT, import_lungs

LICENCES = ("CC BY 4.0", "CC BY-NC-SA", "", "masks CC BY 4.0", "CC0", "CC BY NC 4.0")


def write(path, picture):
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), picture)


def values(right=RIGHT, left=LEFT):
    mask = np.zeros((64, 64), np.uint8)
    mask[10:50, 8:28], mask[10:50, 36:56] = right, left
    return mask


@pytest.fixture
def folder(tmp_path):
    rows = ["file,patient,view,licence"]
    for number, licence in enumerate(LICENCES):
        write(tmp_path / "images" / f"{number}.png", np.full((64, 64), 90 + number, np.uint8))
        told_apart = number % 2 == 0
        write(tmp_path / "masks" / f"{number}.png", values() if told_apart else values(BOTH, BOTH))
        rows.append(f"{number}.png,p{number},AP Supine,{licence}")
    (tmp_path / "index.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_the_truth_is_both_lungs_and_either_where_they_are_told_apart(folder):
    first, second = import_lungs(folder).entries[:2]
    assert np.array_equal(first.truth.mask((64, 64)), values() > 0)
    assert np.array_equal(first.truth.lung("right"), values() == RIGHT)
    assert np.array_equal(first.truth.lung("left"), values() == LEFT)
    assert second.truth.lung("left") is None


def test_patient_and_view_come_from_the_index(folder):
    about = import_lungs(folder).entries[3].about
    assert (about.patient, about.view) == ("p3", "AP")


def test_permissive_takes_films_whose_own_licence_is_stated_and_free(folder):
    source = import_lungs(folder, permissive=True)
    assert [entry.id for entry in source.entries] == ["0", "4"]
    assert "4 films without a stated, permissive licence" in source.notes[1]
    # A mask whose film was left out by its licence still has a film.
    assert source.rows_without_film == 0


def test_a_value_that_means_nothing_is_refused(folder):
    write(folder / "masks" / "0.png", values(right=7))
    with pytest.raises(DatasetError, match="holds the value 7"):
        import_lungs(folder).entries[0].truth.mask((64, 64))


def test_a_mask_of_another_size_is_refused(folder):
    with pytest.raises(DatasetError, match="64 x 64 pixels, its film 32 x 64"):
        import_lungs(folder).entries[0].truth.mask((32, 64))


def test_a_film_without_mask_or_row_is_refused(folder):
    (folder / "masks" / "2.png").unlink()
    with pytest.raises(DatasetError, match=r"2\.png: has no mask in masks"):
        import_lungs(folder)
    write(folder / "images" / "1new.png", np.zeros((64, 64), np.uint8))
    with pytest.raises(DatasetError, match=r"1new\.png: has no row"):
        import_lungs(folder)


def test_no_film_under_a_permissive_licence_is_said(folder):
    (folder / "index.csv").write_text("file,patient,view,licence\n" + "".join(f"{n}.png,p,PA,\n" for n in range(6)))
    with pytest.raises(DatasetError, match="no film under such a licence"):
        import_lungs(folder, permissive=True)
