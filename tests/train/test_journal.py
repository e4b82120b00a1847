import json

import cv2
import numpy as np
import pytest

from pleura.train.journal import EpochRecord, timing, write_journal


def record(epoch, *, seconds=2.0, step_ms=5.0, validation=None):
    return EpochRecord(
        epoch=epoch,
        stage=0,
        resolution=64,
        learning_rate=1e-3,
        train_loss=1 / (1 + epoch),
        films=10,
        seconds=seconds,
        step_ms=step_ms,
        terms={"bce": 0.5},
        validation=validation or {},
    )


JUDGED = {"loss": 0.4, "pooled_iou": 0.5, "auroc": 0.9}


def test_every_epoch_is_one_line_that_reads_back(tmp_path):
    records = [record(0), record(1, validation=JUDGED)]
    write_journal(tmp_path, records)
    lines = (tmp_path / "metrics.jsonl").read_text("utf-8").splitlines()
    assert [EpochRecord(**json.loads(line)) for line in lines] == records


def test_timing_counts_validation_and_takes_the_middle_step(tmp_path):
    records = [record(0, seconds=4, step_ms=900), record(1, step_ms=10), record(2, seconds=4, step_ms=20)]
    write_journal(tmp_path, records)
    assert json.loads((tmp_path / "timing.json").read_text("utf-8")) == timing(records)
    assert timing(records) == {"step_ms": 20, "epoch_s": 4, "total_s": 10, "images_per_s": 3}


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([record(0)], id="never validated"),
        pytest.param([record(0), record(1, validation=JUDGED), record(2)], id="validated now and then"),
        pytest.param([record(0, validation=JUDGED | {"auroc": float("nan")})], id="a score that is undefined"),
    ],
)
def test_curves_are_a_picture_with_something_drawn(tmp_path, records):
    write_journal(tmp_path, records)
    picture = cv2.imread(str(tmp_path / "curves.png"))
    assert picture is not None
    assert len(np.unique(picture)) > 10
