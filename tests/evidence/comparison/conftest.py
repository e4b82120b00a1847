"""Outlines of made-up readers on the drawn discs, as folders of masks."""

import cv2
import numpy as np
import pytest

from pleura.evidence.predictions import judge_predictions


def write_masks(folder, dataset, draw):
    """A mask a film; `draw` makes it from the truth and the film's number."""
    folder.mkdir(parents=True)
    for index, case in enumerate(dataset.cases):
        mask = draw(dataset.truth(index), index)
        cv2.imwrite(str(folder / f"{case.id}.png"), mask.astype(np.uint8) * 255)
    return folder


def shifted(mask, index):
    return np.roll(mask, 4 + index % 3, axis=1)


def empty(mask, index):
    return np.zeros_like(mask)


def eager(mask, index):
    """The truth, and a square on every healthy film."""
    drawn = mask.copy()
    if not mask.any():
        drawn[10 : 14 + index, 10:30] = True
    return drawn


DRAWN = {"perfect": lambda mask, index: mask, "shifted": shifted, "empty": empty, "eager": eager}


@pytest.fixture(scope="session")
def readers(dataset, tmp_path_factory):
    """By name, each judged on every film."""
    root, films = tmp_path_factory.mktemp("readers"), np.arange(len(dataset))
    return {
        name: judge_predictions(write_masks(root / name, dataset, draw), dataset, films)
        for name, draw in DRAWN.items()
    }
