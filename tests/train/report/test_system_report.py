import re
from dataclasses import replace

from pleura.core.recipe import System
from pleura.train.journal import EpochRecord, write_journal
from pleura.train.report.system import Member, read_journal, write_system_report
from tiny import smoke


def record(epoch, iou):
    return EpochRecord(
        epoch=epoch, stage=0, resolution=32, learning_rate=1e-3, train_loss=0.5, films=10, seconds=30.0, step_ms=5.0,
        validation={"loss": 0.5, "pooled_iou": iou, "ap": float("nan")},
    )  # fmt: skip


def test_folds_stand_side_by_side_and_those_to_come_are_named(tmp_path):
    recipe = smoke(folds=3)
    system = System.of(recipe)
    members = [Member(f"smoke fold {k}", "smoke", recipe, tmp_path / "smoke" / f"fold-{k}") for k in (1, 2, 3)]
    write_journal(members[0].folder, [record(0, 0.2), record(1, 0.4)])
    write_journal(members[1].folder, [record(0, 0.4), record(1, 0.8), record(2, 0.6)])
    write_system_report(tmp_path, system, members)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert re.findall(r'href="([^"]*)"', page) == ["smoke/fold-1/report.html", "smoke/fold-2/report.html"]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))
    assert "smoke fold 1 pooled_iou 0.400 (epoch 2) 2 60 s" in words
    assert "smoke fold 2 pooled_iou 0.800 (epoch 2) 3 90 s" in words
    assert "smoke fold 3 pooled_iou none yet 0 0.0 s" in words
    assert "Mean of 2 folds" in words
    assert page.count("<polygon") == 3  # monitored metric, training loss, validation loss


def test_a_journal_reads_back_as_it_was_written(tmp_path):
    written = [record(0, 0.2)]
    write_journal(tmp_path, written)
    (read,) = read_journal(tmp_path)
    assert str(read) == str(written[0])  # by text, because NaN equals nothing
    assert replace(read, validation={}) == replace(written[0], validation={})
    assert read_journal(tmp_path / "none") == []
