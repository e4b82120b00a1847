import numpy as np
import pytest

from pleura.evidence.comparison.disagreement import disagreement, widest_apart


def places(apart):
    return [one.tiles[0].number - 1 for one in apart]


def test_films_come_from_the_widest_gap_down_positives_and_healthy_apart(dataset, readers):
    found = disagreement([readers["eager"], readers["shifted"]], dataset, most=4)
    gap, _ = widest_apart([readers[name].runs[0] for name in ("eager", "shifted")])
    present = readers["eager"].runs[0].judged.present
    for kind, shown in ((True, found.positives.widest), (False, found.healthy.widest)):
        rest = sorted((gap[place] for place in np.flatnonzero(present == kind)), reverse=True)
        assert [one.gap for one in shown] == pytest.approx(rest[:4])
        assert all(present[place] == kind for place in places(shown))
    assert sum(kind.differing for kind in found.kinds) == np.count_nonzero(gap)
    assert sum(kind.films for kind in found.kinds) == gap.size


def test_of_equal_gaps_the_larger_outline_comes_first(dataset, readers):
    found = disagreement([readers["eager"], readers["empty"]], dataset, most=3)
    assert [one.gap for one in found.healthy.widest] == [1.0, 1.0, 1.0]
    assert places(found.healthy.widest) == [14, 12, 10]  # `eager` draws more on later films


def test_each_reader_has_a_tile_with_its_own_outline(dataset, readers):
    (first, *_) = disagreement([readers["perfect"], readers["empty"]], dataset).positives.widest
    perfect, empty = first.tiles
    assert perfect.truth == perfect.predicted == empty.truth != ""
    assert empty.predicted == ""
    assert (perfect.dice, empty.dice) == (1.0, 0.0)
    assert perfect.film == empty.film


def test_readers_that_agree_have_no_film_to_show(dataset, readers):
    found = disagreement([readers["perfect"], readers["perfect"]], dataset)
    assert [(kind.widest, kind.differing) for kind in found.kinds] == [((), 0), ((), 0)]


def test_only_the_films_that_are_shown_are_read(dataset, readers):
    seen = []

    def watch(items):
        seen.extend(items)
        return items

    found = disagreement([readers["eager"], readers["shifted"]], dataset, most=2, watch=watch)
    assert seen == [*places(found.positives.widest), *places(found.healthy.widest)]
    assert len(seen) == 4
