import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.core.recipe import Stage
from pleura.train.sampling import Hardest, epoch_order, positive_rate

PRESENT = np.arange(100) < 20


@pytest.mark.parametrize(("rate", "films"), [(0.5, 40), (0.8, 25), (1.0, 20), (0.1, 100), (None, 100)])
def test_positive_rate_decides_how_many_negatives_are_drawn(rate, films):
    order = epoch_order(PRESENT, rate, seed=1, epoch=0)
    assert len(order) == films
    assert PRESENT[order].sum() == 20


@given(st.integers(0, 2**31), st.integers(0, 1000))
def test_no_film_stands_twice_in_an_epoch(seed, epoch):
    order = epoch_order(PRESENT, 0.5, seed, epoch)
    assert len(set(order.tolist())) == len(order)


def test_an_epoch_is_the_same_when_drawn_again_and_other_than_the_next():
    first, again, later = (epoch_order(PRESENT, 0.5, 3, epoch) for epoch in (4, 4, 5))
    assert (first == again).all()
    assert not (first == later).all()


def test_an_epoch_cut_short_is_a_draw_of_the_whole_one():
    whole, short = (epoch_order(PRESENT, 0.5, 3, 4, films=films) for films in (None, 10))
    assert (short == whole[:10]).all()
    assert 0 < PRESENT[short].sum() < 10


def stage(**changes):
    return Stage(resolution=32, epochs=5, learning_rate=1e-3, batch=2, **changes)


def test_the_positive_rate_falls_in_a_line_over_the_stage_s_epochs():
    falling = stage(positive_rate=0.8, positive_rate_end=0.2)
    assert [positive_rate(falling, epoch) for epoch in range(5)] == pytest.approx([0.8, 0.65, 0.5, 0.35, 0.2])
    assert positive_rate(stage(positive_rate=0.8), 4) == 0.8
    assert positive_rate(stage(), 4) is None


def test_the_hardest_negatives_are_taken_first_and_the_others_drawn():
    scores = np.full(100, np.nan, dtype=np.float32)
    scores[20:60] = 0.0
    scores[[33, 44, 55]] = 0.1, 0.3, 0.2
    plain, two, all_hard = (
        set(epoch_order(PRESENT, 0.5, 3, 4, hardest).tolist()) - set(range(20))
        for hardest in (None, Hardest(0.1, scores), Hardest(1.0, scores))
    )
    assert len(plain) == len(two) == len(all_hard) == 20
    assert {44, 55} <= two
    assert {33, 44, 55} <= all_hard
    assert len((two - {44, 55}) & plain) >= 17  # the rest is what would have been drawn


def test_films_that_were_never_seen_rank_as_the_draw_has_them():
    nothing = np.full(100, np.nan, dtype=np.float32)
    plain = epoch_order(PRESENT, 0.5, 3, 4)
    assert (epoch_order(PRESENT, 0.5, 3, 4, Hardest(1.0, nothing)) == plain).all()
