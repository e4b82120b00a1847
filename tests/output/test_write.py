"""Writing the files of one film."""

import json
import os

import cv2
import numpy as np
import pytest

from findings import absent, noted, present
from pleura.output.write import WRITERS, UnknownFormat, write_finding


def test_every_format_lands_beside_the_others(tmp_path):
    finding = noted()
    written = write_finding(finding, tmp_path / "new", "film", ("mask", "overlay", "json"))
    assert [path.name for path in written] == ["film.mask.png", "film.overlay.png", "film.json"]
    assert sorted(os.listdir(tmp_path / "new")) == sorted(path.name for path in written)
    mask = cv2.imread(str(written[0]), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(mask, finding.mask * 255)
    assert json.loads(written[2].read_text("utf-8"))["present"] is True


def test_nothing_found_still_writes_an_empty_mask(tmp_path):
    (path,) = write_finding(absent(), tmp_path, "film", ("mask",))
    mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (96, 128)
    assert not mask.any()


def test_a_second_run_gives_the_same_bytes(tmp_path):
    first, second = (write_finding(noted(), tmp_path / name, "film", WRITERS) for name in ("1", "2"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_stem_with_dots_is_kept_whole(tmp_path):
    (path,) = write_finding(present(), tmp_path, "1.2.840.113", ("json",))
    assert path.name == "1.2.840.113.json"


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UnknownFormat, match=r"'gif' is no output format \[format\]\. Choose from: mask, overlay"):
        write_finding(present(), tmp_path, "film", ("mask", "gif"))
    assert os.listdir(tmp_path) == []


def test_formats_of_the_run_and_repeated_ones_write_nothing_more(tmp_path):
    assert len(write_finding(present(), tmp_path, "film", ("json", "rle", "json"))) == 1
