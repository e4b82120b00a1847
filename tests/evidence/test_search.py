import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pleura.core.metrics import count_films, film_counts
from pleura.core.postprocess import decide
from pleura.core.spec import Contrast, Crop, InputSpec
from pleura.core.types import Maps
from pleura.evidence.candidates import Candidates
from pleura.evidence.search import find_best, objective_surface
from pleura.evidence.tally import Tally, tally_film

SPEC = InputSpec(side=32, channels=1, contrast=Contrast(kind="declared"), mean=(0.0,), std=(1.0,))
CROPPED = SPEC.model_copy(update={"crop": Crop(top=0.1, bottom=0.8, left=0.1, right=0.9)})
TRIPLET = Candidates("triplet", (0.3, 0.5, 0.7), (1, 8192, 32768), (0.2, 0.4), (0, 8192, 65536))
THRESHOLD = Candidates("threshold", (0.5,), (1,), (0.2, 0.4, 0.6), (0, 8192, 65536))


def blobs(generator: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """A smooth map with a few bumps, (H, W) float32 in [0, 1]."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] / np.array(shape).reshape(2, 1, 1)
    total = np.zeros(shape)
    for _ in range(generator.integers(0, 4)):
        row, column, reach = generator.uniform(0.1, 0.9, 3) * (1, 1, 0.2)
        total += generator.uniform(0.2, 1) * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / reach**2)
    return np.clip(total, 0, 1).astype(np.float32)


def some_films(seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    generator = np.random.default_rng(seed)
    sizes = generator.integers(40, 90, (5, 2))
    return [(blobs(generator, (32, 32)), blobs(generator, tuple(size)) > 0.4) for size in sizes]


def searched(films: list[tuple[np.ndarray, np.ndarray]], spec: InputSpec, tried: Candidates) -> Tally:
    return Tally.gather(tally_film(Maps(grid), truth, spec, tried) for grid, truth in films)


@settings(max_examples=10, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([SPEC, CROPPED]),
    st.sampled_from([TRIPLET, THRESHOLD]),
    st.sampled_from(["siim_dice", "pooled_iou"]),
)
def test_every_candidate_gets_what_deciding_and_scoring_film_by_film_gives(seed, spec, tried, objective):
    films = some_films(seed)
    surface = objective_surface(searched(films, spec, tried), tried, objective)
    for place in np.ndindex(*tried.shape):
        if not np.broadcast_to(tried.possible(), tried.shape)[place]:
            assert np.isnan(surface[place])
            continue
        decision = tried.decision(place, "none")
        masks = (decide(Maps(grid), truth.shape, spec, decision).mask for grid, truth in films)
        counts = count_films(film_counts(mask, truth) for mask, (_, truth) in zip(masks, films, strict=True))
        assert surface[place] == pytest.approx(counts.scores()[objective], nan_ok=True)


def test_among_equals_the_middle_is_taken():
    surface = np.full((1, 1, 7, 1), 0.2)
    surface[0, 0, 1:6] = 0.8
    tried = Candidates("threshold", (0.5,), (1,), tuple(np.linspace(0.1, 0.7, 7)), (0,))
    best = find_best(surface, tried)
    assert best.place == (0, 0, 3, 0)
    assert best.edges == ()


def test_the_best_at_an_end_of_the_grid_is_named():
    surface = np.linspace(0, 1, 7).reshape(1, 1, 7, 1)
    tried = Candidates("threshold", (0.5,), (1,), tuple(np.linspace(0.1, 0.7, 7)), (0,))
    assert find_best(surface, tried).edges == ("bottom",)


def test_an_objective_without_a_value_is_refused():
    with pytest.raises(ValueError, match="undefined"):
        find_best(np.full((1, 1, 3, 3), np.nan), THRESHOLD)
