"""Readers that look at no film: nothing anywhere, and the mean mask of the training films everywhere.

    python benchmarks/baselines.py --stage2 FOLDER --labelled FOLDER --out FOLDER

The folders are those that `pleura prepare` made. Writes `OUT/all-empty` and `OUT/mean-mask` for
`pleura evaluate --predictions`: what any model must beat. The mean mask is cut at the level that suits the positives
of the fixed hold-out best.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pleura.core.files import write_bytes
from pleura.core.metrics import dice_scores
from pleura.core.rle import encode
from pleura.data import Dataset, load_dataset
from pleura.evidence.prediction_table import PREDICTIONS, Prediction, predictions_csv

_LEVELS = np.linspace(0.02, 0.5, 49)


def positives(dataset: Dataset, split: str) -> list[NDArray[np.bool_]]:
    """The truths that hold anything, on the stored grid."""
    return [dataset.mask(index) for index, case in enumerate(dataset.cases) if case.split == split and case.present]


def mean_mask(dataset: Dataset) -> NDArray[np.bool_]:
    """Where training films most often have a pneumothorax, (side, side)."""
    share = np.mean(positives(dataset, "train"), axis=0)
    held = positives(dataset, "val")
    scores = [np.mean([dice(share > level * share.max(), truth) for truth in held]) for level in _LEVELS]
    return share > _LEVELS[int(np.argmax(scores))] * share.max()


def dice(predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    counts = (np.array([np.count_nonzero(part)]) for part in (predicted & truth, predicted, truth))
    return float(dice_scores(*counts)[0])


def write(dataset: Dataset, mask: NDArray[np.bool_] | None, folder: Path) -> None:
    """Say the same of every film, at its own size."""
    rows = []
    for case in dataset.cases:
        if mask is None:
            rows.append(Prediction(case.id))
            continue
        native = cv2.resize(mask.astype(np.float32), (case.width, case.height), interpolation=cv2.INTER_LINEAR) >= 0.5
        rows.append(Prediction(case.id, (encode(native),)))
    write_bytes(folder / PREDICTIONS, predictions_csv(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--stage2", "--labelled", "--out"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args()
    labelled = load_dataset(options.labelled)
    write(labelled, None, options.out / "all-empty")
    write(labelled, mean_mask(load_dataset(options.stage2)), options.out / "mean-mask")


if __name__ == "__main__":
    main()
