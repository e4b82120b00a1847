import numpy as np
import pytest

from data_folders import draw_mask, make_ptx498
from pleura.core.errors import DatasetError
from pleura.data.ptx498 import import_ptx498


def test_films_of_every_site_meet_their_masks(tmp_path):
    source = import_ptx498(make_ptx498(tmp_path))
    assert [(entry.id, entry.about.site) for entry in source.entries][:3] == [
        ("SiteA-1", "SiteA"),
        ("SiteA-2", "SiteA"),
        ("SiteB-1", "SiteB"),
    ]
    assert len(source.entries) == 6
    assert np.array_equal(source.entries[0].truth.mask((96, 96)), draw_mask())


def test_a_missing_mask_is_refused_by_name(tmp_path):
    make_ptx498(tmp_path)
    (tmp_path / "SiteB" / "2.2.mask.png").unlink()
    with pytest.raises(DatasetError, match=r"2\.1\.img\.png: has no mask 2\.2\.mask\.png"):
        import_ptx498(tmp_path)


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="none of the folders SiteA"):
        import_ptx498(tmp_path)
    (tmp_path / "SiteA").mkdir()
    with pytest.raises(DatasetError, match="holds no film"):
        import_ptx498(tmp_path)
