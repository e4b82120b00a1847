import math

import pytest
import torch

from losing import lose, plane


def test_cross_entropy_of_an_undecided_network_is_log_two():
    target = torch.randint(0, 2, (2, 1, 4, 4)).float()
    assert float(lose("bce", torch.zeros(2, 1, 4, 4), target)) == pytest.approx(math.log(2))


def test_positive_weight_counts_positive_pixels_more():
    target = plane([1, 0], [0, 0])
    # One pixel of four counts three times: (3 + 1 + 1 + 1) / 4 of log 2.
    assert float(lose("bce", torch.zeros_like(target), target, positive_weight=3.0)) == pytest.approx(
        1.5 * math.log(2)
    )


def test_label_cross_entropy_by_hand():
    logits, label = torch.tensor([0.0, math.log(3)]), torch.tensor([1.0, 0.0])
    # Probabilities 1/2 and 3/4: -log(1/2) and -log(1/4).
    assert float(lose("label", logits, label)) == pytest.approx((math.log(2) + math.log(4)) / 2)
