"""Writing the files of one film."""

import json
import os

import cv2
import numpy as np
import pytest

from dicom_findings import finding_of
from dicom_maker import changed, film_values, make_dataset, write
from findings import MODEL, absent, noted, present
from pleura.core.errors import UnreadableImage
from pleura.image import read_film
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.order import DicomChoice
from pleura.output.write import WRITERS, UnknownFormat, write_finding, write_refusal


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
    found = finding_of(read_film(write(make_dataset(film_values()), tmp_path / "film.dcm")))
    first, second = (write_finding(found, tmp_path / name, "film", WRITERS) for name in ("1", "2"))
    assert len(first) == len(WRITERS)
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


def test_a_dicom_result_of_a_png_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(NoDicomSource, match=r"film\.png"):
        write_finding(present(), tmp_path, "film", ("mask", "json", "seg"))
    assert os.listdir(tmp_path) == []


def test_no_outline_of_an_earlier_run_stands_beside_a_report_of_nothing(tmp_path):
    film = read_film(write(make_dataset(film_values()), tmp_path / "film.dcm"))
    out = tmp_path / "out"
    write_finding(finding_of(film), out, "film", ("seg", "sr"))
    assert sorted(os.listdir(out)) == ["film.seg.dcm", "film.sr.dcm"]
    (sr,) = write_finding(finding_of(film, present=False), out, "film", ("seg", "sr"))
    assert os.listdir(out) == [sr.name]
    empty = write_finding(finding_of(film, present=False), out, "film", ("seg",), DicomChoice(empty_seg=True))
    assert [path.name for path in empty] == ["film.seg.dcm"]


def test_a_refusal_is_a_report_where_the_header_is_sound(tmp_path):
    lateral = write(changed(make_dataset(film_values()), {"ViewPosition": "LL"}), tmp_path / "film.dcm")
    (tmp_path / "film.png").write_bytes(b"no picture")
    written = []
    for path in (lateral, tmp_path / "film.png"):
        with pytest.raises(UnreadableImage) as refusal:
            read_film(path)
        written.append(write_refusal(refusal.value, MODEL, tmp_path / "out", path.stem))
    assert written == [tmp_path / "out" / "film.sr.dcm", None]
    assert os.listdir(tmp_path / "out") == ["film.sr.dcm"]
