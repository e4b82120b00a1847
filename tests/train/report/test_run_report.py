import re
from dataclasses import replace

import numpy as np
import pytest

from offline_pages import Html, browsed
from pleura.output.png import encode_png
from pleura.train.environment import Environment
from pleura.train.journal import EpochRecord
from pleura.train.report import Planes, Subject, Watch, keep_sheet, write_report
from tiny import smoke

HERE = Environment("0.1", "3.11", "Linux x86_64", "a processor", 2, {"torch": "2.0"})


def subject(**changes):
    return Subject(smoke(validation__monitor="siim_dice", **changes), "drawn", "ab" * 32, 24, 8, HERE)


def record(epoch, **scores):
    return EpochRecord(
        epoch=epoch,
        stage=epoch // 2,
        resolution=64 if epoch < 2 else 96,
        learning_rate=10.0 ** (-3 - epoch),
        train_loss=1 / (1 + epoch),
        films=24,
        seconds=2.0,
        step_ms=5.0,
        terms={"bce": 0.5, "dice": 0.25},
        validation=scores,
    )


RECORDS = [
    record(epoch, loss=0.5, siim_dice=dice, ap=float("nan")) for epoch, dice in enumerate((0.4, 0.7, 0.6, 0.65))
]


def read(path):
    return Html(path.read_text("utf-8"))


@pytest.fixture
def full_run(tiny_data, tmp_path):
    films = tiny_data.indices("val")
    watch = Watch(tiny_data, films, seed=0)
    for entry in RECORDS:
        for row in range(len(films)):
            grey = np.full((64, 64), 0.1 * (row % 9), np.float32)
            predicted = np.zeros((64, 64), np.bool_)
            predicted[10:20, : 4 * (entry.epoch + 1)] = True
            watch(
                row,
                Planes(grey, predicted * np.float32(0.8), np.eye(64, dtype=np.bool_) * bool(row % 2), predicted),
                0.8,
            )
        keep_sheet(tmp_path, watch.sheet(entry.epoch), range(entry.epoch + 1), 1)
    (tmp_path / "augmentation.png").write_bytes(encode_png(np.zeros((40, 80, 3), np.uint8)))
    return tmp_path


def test_the_page_asks_no_network_runs_no_script_and_every_picture_is_there(full_run):
    write_report(full_run, subject(), RECORDS, ended=True)
    found = read(full_run / "report.html")
    assert "script" not in found.tags
    assert len(found.ids) == len(set(found.ids))
    inner = {ref[1:] for ref in found.references if ref.startswith("#")}
    assert inner == set(found.ids)
    assert all(ref.startswith(("#", "data:image/")) for ref in found.references)
    assert "url(" not in (full_run / "report.html").read_text("utf-8")


def test_the_summary_names_the_best_epoch_and_an_undefined_score(full_run):
    write_report(full_run, subject(), RECORDS, ended=False, averaged={"siim_dice": 0.72})
    text = re.sub(r"<[^>]*>", " ", (full_run / "report.html").read_text("utf-8"))
    words = re.sub(r"\s+", " ", text)
    assert "Best siim_dice 0.700 epoch 2, 64 px" in words
    assert "Last siim_dice 0.650 epoch 4" in words
    assert "siim_dice 0.700 0.650 0.720" in words
    assert "ap undefined undefined undefined" in words
    assert "stage 2 · 96 px" in words
    assert "Epoch 2 best" in words
    assert "ab" * 32 in words


def test_words_of_a_recipe_or_a_data_set_are_harmless(full_run):
    evil = replace(subject(summary="<script>alert(1)</script>", source='"><img src=x>'), data_name="<script>")
    write_report(full_run, evil, RECORDS, ended=True)
    found = read(full_run / "report.html")
    assert "script" not in found.tags
    assert "x" not in found.references


def test_a_run_that_has_not_been_validated_has_a_report(tmp_path):
    write_report(tmp_path, subject(), [record(0)], ended=False)
    assert "Not validated yet" in (tmp_path / "report.html").read_text("utf-8")
    read(tmp_path / "report.html")


@pytest.mark.long  # starts a browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_on_a_phone_without_error_request_or_sideways_scroll(full_run, scheme):
    write_report(full_run, subject(), RECORDS, ended=True)
    with browsed(full_run / "report.html", scheme) as page:
        assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
