from dataclasses import replace

import pytest

from pleura.cli.training_display import TrainingDisplay, describe
from pleura.train.plan import Progress, share_done
from tiny import smoke

START = Progress(epoch=0, epochs=10, step=1, steps=4, loss=0.5, images_per_s=12.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_says_where_training_stands():
    at = replace(START, epoch=4, stage=1, stages=2, monitor="siim_dice", last=0.71, best=0.734)
    assert describe(at, 3909) == (
        "epoch 5/10  stage 2/2  step 1/4  loss 0.5000  12.0 films/s  siim_dice 0.7100 (best 0.7340)  1:05:09 left"
    )
    assert describe(START, None) == "epoch 1/10  step 1/4  loss 0.5000  12.0 films/s"


def test_off_a_terminal_a_line_comes_every_half_minute_and_the_time_left_counts_from_where_it_resumed():
    clock, lines = Clock(), []
    with TrainingDisplay(clock, lines.append) as display:
        for second in range(61):
            clock.now = 1000.0 + second
            display(replace(START, done=0.5 + 0.5 * second / 120))
    assert len(lines) == 3
    assert "left" not in lines[0]
    assert lines[1].endswith("1:30 left")
    assert lines[2].endswith("1:00 left")


def test_the_time_left_is_that_of_all_runs_of_a_system():
    clock, lines = Clock(), []
    display = TrainingDisplay(clock, lines.append)
    display.begin("unet fold 1", 1, 4)
    display(replace(START, done=0.0))
    clock.now = 100.0
    display.begin("unet fold 2", 2, 4)
    display(replace(START, done=0.0))
    assert lines[0] == "unet fold 1  (run 1 of 4)"
    assert lines[-1].startswith("unet fold 2  epoch 1/10")
    assert lines[-1].endswith("5:00 left")


def test_a_stage_counts_by_its_pixels():
    stage = {"epochs": 2, "learning_rate": 1e-3, "batch": 8}
    stages = smoke(stages=[stage | {"resolution": 32}, stage | {"resolution": 64}]).stages
    done = [share_done(stages, *at) for at in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2))]
    assert done == pytest.approx([0, 0.1, 0.2, 0.6, 1])
