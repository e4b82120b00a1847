"""Right and wrong, counted: of pixels over a whole set, or of films."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Confusion:
    """True and false positives and negatives; two add up, so that a set of any size needs constant memory."""

    tp: int
    fp: int
    fn: int
    tn: int

    @classmethod
    def of(cls, predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> "Confusion":
        """Count two bool arrays of one shape: the pixels of a mask, or the decisions on films.

        Raises:
            ValueError: the shapes differ.
        """
        if predicted.shape != truth.shape:
            raise ValueError(f"predicted {predicted.shape} and truth {truth.shape} differ in shape")
        tp = int(np.count_nonzero(predicted & truth))
        fp = int(np.count_nonzero(predicted)) - tp
        fn = int(np.count_nonzero(truth)) - tp
        return cls(tp, fp, fn, truth.size - tp - fp - fn)

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def total(self) -> int:
        """All that was counted."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def accuracy(self) -> float:
        """(TP + TN) / all."""
        return share(self.tp + self.tn, self.total)

    @property
    def precision(self) -> float:
        """TP / (TP + FP); NaN where nothing was predicted."""
        return share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """TP / (TP + FN), the sensitivity; NaN where nothing was there."""
        return share(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """TN / (TN + FP); NaN where everything was there."""
        return share(self.tn, self.tn + self.fp)

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN), the pooled Dice; NaN where nothing was there or predicted."""
        return share(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def iou(self) -> float:
        """TP / (TP + FP + FN); NaN where nothing was there or predicted."""
        return share(self.tp, self.tp + self.fp + self.fn)

    def matrix(self) -> NDArray[np.int64]:
        """Counts, (2, 2): rows are the truth (absent, present), columns the prediction."""
        return np.array([[self.tn, self.fp], [self.fn, self.tp]], dtype=np.int64)

    def row_shares(self) -> NDArray[np.float64]:
        """The matrix with each row divided by its sum; NaN in a row that is empty."""
        return _divide(self.matrix(), self.matrix().sum(axis=1, keepdims=True))

    def column_shares(self) -> NDArray[np.float64]:
        """The matrix with each column divided by its sum; NaN in a column that is empty."""
        return _divide(self.matrix(), self.matrix().sum(axis=0, keepdims=True))


def share(part: int, whole: int) -> float:
    """`part / whole`, NaN where there is no whole."""
    return part / whole if whole else math.nan


def _divide(counts: NDArray[np.int64], sums: NDArray[np.int64]) -> NDArray[np.float64]:
    shares = np.full(counts.shape, np.nan)
    np.divide(counts, sums, out=shares, where=np.broadcast_to(sums > 0, counts.shape))
    return shares
