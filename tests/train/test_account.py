import json
from dataclasses import replace

import pytest
import torch

from pleura.core.errors import TrainingError
from pleura.train.board import EVENTS, Board, scalars
from pleura.train.journal import EpochRecord
from pleura.train.report.samples import read_sheets

RECORD = EpochRecord(
    epoch=3, stage=0, resolution=64, learning_rate=1e-3, train_loss=0.5, films=20, seconds=4.0, step_ms=5.0,
    terms={"bce": 0.25}, validation={"loss": 0.75, "siim_dice": 0.5, "ap": float("nan")},
)  # fmt: skip


def test_a_run_leaves_a_report_with_its_validation_films(short_run, tiny_data):
    (sheet,) = read_sheets(short_run)
    numbers = [tile.number for tile in sheet.shown]
    rows = tiny_data.indices("val")
    assert [tiny_data.cases[int(rows[number - 1])].present for number in numbers] == [
        tile.outcome.present for tile in sheet.shown
    ]
    text = (short_run / "report.html").read_text("utf-8")
    assert "finished" in text
    assert tiny_data.record.sha256 in text
    assert not [case.id for case in tiny_data.cases if f">{case.id}<" in text]


def test_checkpoints_say_on_what_they_were_trained(short_run):
    for name in ("best.pt", "last.pt"):
        found = torch.load(short_run / name, weights_only=True)["environment"]
        assert found["libraries"]["torch"] == torch.__version__.partition("+")[0]
        assert found["threads"] == torch.get_num_threads()


def test_the_figures_of_an_epoch_by_tag():
    assert scalars(RECORD) == {
        "loss/training": 0.5, "loss/validation": 0.75, "run/learning_rate": 1e-3, "run/films_per_s": 5.0,
        "terms/bce": 0.25, "validation/siim_dice": 0.5,
    }  # fmt: skip


def test_tensorboard_reads_the_events_back(tmp_path):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is not installed"
    )
    for before in ((), (RECORD,)):  # the second is resumed, and its kill fell before the event
        board = Board(tmp_path, before)
        board.add(replace(RECORD, epoch=3 + len(before)))
        board.close()
    events = accumulator.EventAccumulator(str(tmp_path / EVENTS))
    events.Reload()
    assert set(events.Tags()["scalars"]) == set(scalars(RECORD))
    assert [(event.step, event.value) for event in events.Scalars("loss/validation")] == [(3, 0.75), (4, 0.75)]


def test_without_tensorboard_the_error_names_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(TrainingError, match=r"pleura\[tensorboard\]"):
        Board(tmp_path)


def test_the_journal_and_the_report_agree_on_the_best_value(short_run):
    (line,) = (short_run / "metrics.jsonl").read_text("utf-8").splitlines()
    best = json.loads(line)["validation"]["pooled_iou"]
    assert f"{best:.3f}" in (short_run / "report.html").read_text("utf-8")
