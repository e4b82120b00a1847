import errno
from pathlib import Path

import pytest
import torch

from pleura.core.errors import TrainingError
from pleura.train.faults import check_finite, naming_a_full_disk

FULL = Path("/dev/full")
"""A device of Linux that has no room, ever."""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_an_error_that_says_what_is_safe(tmp_path):
    disk = pytest.raises(TrainingError, match="the disk is full")
    with disk as caught, naming_a_full_disk(tmp_path), FULL.open("wb") as file:
        torch.save({"weights": torch.zeros(100_000)}, file)
    assert str(tmp_path) in caught.value.message
    assert "--resume" in caught.value.remedy


def test_other_errors_of_a_disk_pass_as_they_are(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, naming_a_full_disk(tmp_path):
        (tmp_path / "none").read_bytes()
    assert caught.value.errno == errno.ENOENT


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_names_its_epoch_step_and_films(loss):
    films = [f"film{number}" for number in range(10)]
    check_finite(torch.tensor(1.0), 3, 5, films)
    with pytest.raises(TrainingError, match=r"epoch 3, step 5, on the films film0, .*film7 and 2 more"):
        check_finite(torch.tensor(loss), 3, 5, films)
