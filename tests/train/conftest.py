"""A data set small enough to train on in seconds, imported by pleura itself."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from pleura.data import Dataset
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan


def draw_pairs(folder: Path, count: int) -> None:
    """Films of noise with two dark lungs; every other one has a bright crescent, which is its mask."""
    rng = np.random.default_rng(0)
    for name in ("png_images", "png_masks"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        film = cv2.GaussianBlur(rng.integers(90, 160, (128, 128)).astype(np.uint8), (0, 0), 2)
        mask = np.zeros_like(film)
        for column in (40, 88):
            cv2.ellipse(film, (column, 64), (18, 40), 0, 0, 360, 50, -1)
        if number % 2 == 0:
            centre = (int(rng.choice([30, 98])), int(rng.integers(36, 60)))
            cv2.ellipse(mask, centre, (10, 20), 0, 0, 360, 255, -1)
            film[mask > 0] = 10
        cv2.imwrite(str(folder / "png_images" / f"{number:03}.png"), film)
        cv2.imwrite(str(folder / "png_masks" / f"{number:03}.png"), mask)


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("tiny")
    draw_pairs(folder / "source", 32)
    return prepare(import_pairs(folder / "source"), folder / "data", PreparePlan(side=128, split=SplitPlan(val=0.25)))
