import shutil

import numpy as np
import pytest

from data_folders import draw_film, draw_mask, make_pairs, write_image
from pleura.core.errors import DatasetError
from pleura.data.pairs import import_pairs


def test_films_meet_the_masks_of_their_names(tmp_path):
    source = import_pairs(make_pairs(tmp_path, 3))
    assert [entry.id for entry in source.entries] == ["0_train_0_", "1_train_1_", "2_train_0_"]
    assert np.array_equal(source.entries[1].truth.mask((96, 96)), draw_mask())
    assert not source.entries[0].truth.mask((96, 96)).any()


def test_a_mask_without_a_film_is_counted(tmp_path):
    make_pairs(tmp_path, 2)
    (tmp_path / "png_images" / "0_train_0_.png").unlink()
    assert import_pairs(tmp_path).rows_without_film == 1


def test_a_missing_mask_is_refused_by_name(tmp_path):
    make_pairs(tmp_path, 2)
    write_image(tmp_path / "png_images" / "extra.png", draw_film(9))
    with pytest.raises(DatasetError, match=r"extra\.png: has no mask in png_masks"):
        import_pairs(tmp_path)


@pytest.mark.parametrize("name", ["png_images", "png_masks"])
def test_a_missing_folder_is_refused_by_name(tmp_path, name):
    make_pairs(tmp_path)
    shutil.rmtree(tmp_path / name)
    with pytest.raises(DatasetError, match=f"{name}: is no folder"):
        import_pairs(tmp_path)
