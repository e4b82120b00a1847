import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.core.errors import DecisionError
from pleura.core.metrics import count_films, film_counts
from pleura.core.postprocess import decide
from pleura.core.spec import Contrast, Crop, DecisionSpec, InputSpec
from pleura.core.types import Maps
from pleura.evidence.candidates import Candidates
from pleura.evidence.crossfit import Fitted, judge
from pleura.evidence.search import Best, find_best, objective_surface
from pleura.evidence.tally import Tally, tally_film

SPEC = InputSpec(side=32, channels=1, contrast=Contrast(kind="declared"), mean=(0.0,), std=(1.0,))
CROPPED = SPEC.model_copy(update={"crop": Crop(top=0.1, bottom=0.8, left=0.1, right=0.9)})
REMOVALS = (0, 8192, 65536)
AREAS = (1, 8192, 32768)
THRESHOLD = Candidates("threshold", (0.5,), (1,), (0.2, 0.4, 0.6), REMOVALS)
GRIDS = {
    "threshold": THRESHOLD,
    "doublet": Candidates("doublet", (0.5,), AREAS, (0.2, 0.4, 0.6), REMOVALS),
    "triplet": Candidates("triplet", (0.3, 0.5, 0.7), AREAS, (0.2, 0.4), REMOVALS),
    "label_gated": Candidates("label_gated", (0.3, 0.5), (1, 8192), (0.2, 0.4), REMOVALS, (0.0, 0.3, 0.6)),
    "distance": Candidates("distance", (0.3, 0.5), (1, 8192), (-0.3, 0.0, 0.2), REMOVALS),
}
OWN = DecisionSpec(rule="threshold", tta="none")


def blobs(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A smooth map with a few bumps, (H, W) float32 in [0, 1]."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] / np.array(shape).reshape(2, 1, 1)
    total = np.zeros(shape)
    for _ in range(generator.integers(0, 4)):
        row, column, reach = generator.uniform(0.1, 0.9, 3) * (1, 1, 0.2)
        total += generator.uniform(0.2, 1) * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / reach**2)
    return np.clip(total, 0, 1).astype(np.float32)


def some_films(seed: int) -> list[tuple[Maps, np.ndarray]]:
    """Five films, each the three maps of a model with every head, and a truth."""
    generator = np.random.default_rng(seed)
    films = []
    for size in generator.integers(40, 90, (5, 2)):
        distance = (1 - 2 * blobs(generator, (32, 32))).astype(np.float32)
        maps = Maps(blobs(generator, (32, 32)), float(generator.uniform()), distance)
        films.append((maps, blobs(generator, tuple(size)) > 0.4))
    return films


def searched(films: list[tuple[Maps, np.ndarray]], spec: InputSpec, tried: Candidates) -> Tally:
    return Tally.gather(tally_film(maps, truth, spec, tried) for maps, truth in films)


@pytest.mark.parametrize("tried", GRIDS.values(), ids=GRIDS)
@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([SPEC, CROPPED]), st.sampled_from(["siim_dice", "pooled_iou"]))
def test_every_candidate_gets_what_deciding_and_scoring_film_by_film_gives(tried, seed, spec, objective):
    films = some_films(seed)
    tally = searched(films, spec, tried)
    surface = objective_surface(tally, tried, objective)
    assert surface.shape == tried.shape
    possible = np.broadcast_to(tried.possible(), tried.shape)
    assert np.isnan(surface[~possible]).all()
    for place in map(tuple, np.argwhere(possible)):
        decision = tried.decision(place, OWN)
        verdicts = [decide(maps, truth.shape, spec, decision) for maps, truth in films]
        counts = count_films(film_counts(one.mask, truth) for one, (_, truth) in zip(verdicts, films, strict=True))
        assert surface[place] == pytest.approx(counts.scores()[objective], nan_ok=True)
        judged = judge(tally, Fitted(decision, Best(place, 0.0, ()), surface))
        assert judged.decided.tolist() == [one.present for one in verdicts]
        assert judged.scores.tolist() == [one.score for one in verdicts]
        assert judged.counts.scores() == pytest.approx(counts.scores(), nan_ok=True)


@pytest.mark.parametrize(("rule", "head"), [("label_gated", "label"), ("distance", "distance")])
def test_a_rule_whose_head_is_missing_is_refused(rule, head):
    maps, truth = some_films(0)[0]
    with pytest.raises(DecisionError, match=f"needs the head '{head}'"):
        tally_film(Maps(maps.mask), truth, SPEC, GRIDS[rule])


def test_among_equals_the_middle_is_taken():
    surface = np.full((1, 1, 1, 7, 1), 0.2)
    surface[0, 0, 0, 1:6] = 0.8
    tried = Candidates("threshold", (0.5,), (1,), tuple(np.linspace(0.1, 0.7, 7)), (0,))
    best = find_best(surface, tried)
    assert best.place == (0, 0, 0, 3, 0)
    assert best.edges == ()


def test_the_best_at_an_end_of_the_grid_is_named():
    surface = np.linspace(0, 1, 7).reshape(1, 1, 1, 7, 1)
    tried = Candidates("threshold", (0.5,), (1,), tuple(np.linspace(0.1, 0.7, 7)), (0,))
    assert find_best(surface, tried).edges == ("bottom",)


def test_an_objective_without_a_value_is_refused():
    with pytest.raises(ValueError, match="undefined"):
        find_best(np.full((1, 1, 1, 3, 3), np.nan), THRESHOLD)
