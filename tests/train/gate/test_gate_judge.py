"""Learning and judging: set points keep their promise, and a source left out is unseen."""

import dataclasses

import numpy as np
import pytest
import torch

from pleura.train.gate.examples import Examples
from pleura.train.gate.judge import (
    Sets,
    hanging,
    leave_one_source_out,
    leave_patients_out,
    passing,
    table,
)
from pleura.train.gate.learn import answers, learn, set_points
from pleura.train.gate.network import CELLS, WIDTH

FRONTAL, PA, MIRRORED, INVERTED, KIND_A, KIND_B = range(6)


def examples(count, source="film", frontal=True, seed=0, hung=True, marks=(FRONTAL,)):
    """Features with noise, and a channel raised for each label that is true."""
    rng = np.random.default_rng(seed)
    features = rng.normal(0, 0.3, (count, WIDTH, CELLS, CELLS)).astype(np.float32)
    view, mirrored, inverted = (rng.integers(0, 2, count) * hung for _ in range(3))
    turn = rng.integers(0, 4, count) * hung
    for channel in marks:
        features[:, channel] += 3
    for channel, truth in ((PA, view), (MIRRORED, mirrored), (INVERTED, inverted)):
        features[:, channel] += 3 * truth[:, None, None]
    for at, one in enumerate(turn):
        features[at, 10 + one] += 3
    labels = (np.full(count, frontal), view if frontal else np.full(count, -1), turn, mirrored, inverted)
    real, seen, turned, left, exchanged = map(torch.from_numpy, labels)
    return Examples(
        torch.from_numpy(features).half(),
        np.full(count, source),
        np.array([f"{source}:{seed}:{number // 2}" for number in range(count)]),
        real,
        seen,
        turned,
        left.bool(),
        exchanged.bool(),
    )


def joined(*parts):
    values = ([getattr(part, field.name) for part in parts] for field in dataclasses.fields(Examples))
    return Examples(*(torch.cat(v) if isinstance(v[0], torch.Tensor) else np.concatenate(v) for v in values))


@pytest.fixture(scope="module")
def sets():
    """Two other sources, each with a mark of its own; one of `b` looks like a film but for that mark."""
    others = (
        examples(24, "a", False, 1, hung=False, marks=(KIND_A,)),
        examples(24, "b", False, 2, hung=False, marks=(KIND_B, FRONTAL)),
    )
    usual, held_out = (
        joined(examples(90, seed=seed, hung=False), examples(30, "second", seed=seed, hung=False)) for seed in (4, 5)
    )
    return Sets(
        joined(examples(300, seed=3), examples(100, "second", seed=7), *others),
        usual,
        held_out,
        examples(200, seed=6),
        joined(*others),
    )


@pytest.fixture(scope="module")
def heads(sets):
    return learn(sets.learned, 0)


def test_heads_tell_what_can_be_told(sets, heads):
    points = set_points(heads, sets.usual)
    told = hanging(heads, points, sets.hung)
    for name in ("turned films noticed, by the right angle", "inverted films noticed"):
        hits, total = told[name]
        assert hits >= 0.9 * total > 30
    passed, total = passing(heads, points, sets.held_out)["frontal films pass"]
    assert passed >= 0.95 * total


def test_the_same_seed_learns_the_same(sets, heads):
    again = answers(learn(sets.learned, 0), sets.held_out)
    np.testing.assert_array_equal(again["frontal"], answers(heads, sets.held_out)["frontal"])


def test_no_more_films_than_promised_fall_under_the_set_point(sets, heads):
    points = set_points(heads, sets.usual)
    assert (answers(heads, sets.usual)["frontal"] < points.frontal).sum() == 0
    assert points.turn >= 0.5
    assert points.inverted >= 0.5


def test_a_source_left_out_is_unseen_and_a_patient_left_out_is_not(sets):
    patients, sources = leave_patients_out(sets, 0), leave_one_source_out(sets, 0)
    for source in "ab":
        assert patients[f"refused, patient left out: {source}"] == (24, 24)
    # Whoever never saw the mark of b takes its pictures for films, since all else about them is a film's.
    assert sources["refused, source left out: b"][0] <= 12
    assert sources["refused, source left out: a"][1] == 24
    passed, total = sources["frontal films pass, source left out: second"]
    assert passed >= 0.9 * total == 27


def test_the_only_source_of_frontal_films_is_not_left_out(sets):
    one = dataclasses.replace(
        sets,
        usual=sets.usual.where(sets.usual.source == "film"),
        held_out=sets.held_out.where(sets.held_out.source == "film"),
        others=sets.others.where(sets.others.source == "a"),
    )
    assert set(leave_one_source_out(one, 0)) == {"refused, source left out: a"}


def test_a_table_shows_counts_and_intervals():
    assert "| x | 30 of 30 | 100.0% (88.4% to 100.0%) |" in table({"x": (30, 30)})
