"""Figures beside those of torchmetrics, where the definitions agree."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.functional.classification import (
    binary_auroc,
    binary_average_precision,
    binary_calibration_error,
    binary_jaccard_index,
)
from torchmetrics.functional.segmentation import dice_score

from pleura.core.metrics import (
    Counts,
    auroc,
    average_precision,
    dice_scores,
    ece,
    film_counts,
    pixel_confusion,
)


def drawn_masks(seed, films=6, shape=(9, 13)):
    """Random pairs of masks, the first empty, the second full, the third of one pixel."""
    generator = np.random.default_rng(seed)
    predicted, truth = (generator.uniform(size=(films, *shape)) < 0.3 for _ in range(2))
    predicted[0], truth[1], truth[2] = False, True, False
    truth[2, 4, 7] = True
    return predicted, truth


def counts_of(predicted, truth):
    return Counts(*np.array([film_counts(*pair) for pair in zip(predicted, truth, strict=True)]).T)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_dice_and_pooled_iou(seed):
    predicted, truth = drawn_masks(seed)
    counts = counts_of(predicted, truth)
    ours = dice_scores(counts.intersections, counts.predicted, counts.true)
    tensors = [torch.from_numpy(masks[:, None].astype(np.int64)) for masks in (predicted, truth)]
    theirs = dice_score(
        *tensors, num_classes=1, average="macro", input_format="one-hot", aggregation_level="samplewise"
    )
    assert ours == pytest.approx(theirs.numpy().ravel())
    pooled = binary_jaccard_index(*(torch.from_numpy(masks.astype(np.int64)) for masks in (predicted, truth)))
    assert pixel_confusion(counts).iou == pytest.approx(float(pooled))


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60))
def test_calibration_error(rows):
    # Odd eightieths lie on no limit of a bin, where it is open which bin a probability belongs to.
    chances = np.array([(2 * place + 1) / 82 for place, _ in rows])
    labels = np.array([label for _, label in rows])
    theirs = binary_calibration_error(torch.from_numpy(chances), torch.from_numpy(labels.astype(np.int64)), n_bins=10)
    assert ece(chances, labels) == pytest.approx(float(theirs), abs=1e-6)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 16), min_size=2, max_size=60))
def test_ranking(places):
    scores, labels = np.array(places) / 16, np.arange(len(places)) % 2 == 0
    tensors = torch.from_numpy(scores), torch.from_numpy(labels.astype(np.int64))
    assert auroc(scores, labels) == pytest.approx(float(binary_auroc(*tensors)), abs=1e-6)
    assert average_precision(scores, labels) == pytest.approx(float(binary_average_precision(*tensors)), abs=1e-6)
