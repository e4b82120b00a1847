"""Drawn readers: what someone said of films, beside a truth, and a data set of these films without pixels."""

from dataclasses import replace

import numpy as np

from pleura.core.metrics import Counts
from pleura.core.types import View
from pleura.data import Case, Dataset, DatasetRecord
from pleura.data.record import Counts as Sizes
from pleura.evidence.evaluation import Augmented, Evaluation, Surfaces
from pleura.evidence.figures.facts import FilmFacts
from pleura.evidence.judged import Judged

SIDE = 100


def draw_reader(seed, films=200, skill=0.5, ill=1 / 3):
    """A reader of films of which about a third has a pneumothorax, the same ones for every seed.

    Scores have two digits, so that many tie; half of the films have a spacing.
    """
    truth = np.where(np.random.default_rng(0).uniform(size=films) < ill, 400, 0)
    generator = np.random.default_rng(seed)
    decided = generator.uniform(size=films) < np.where(truth > 0, 0.5 + skill / 2, 0.5 - skill / 2)
    predicted = np.where(decided, generator.integers(100, 900, films), 0)
    both = np.floor(np.minimum(predicted, truth) * generator.uniform(size=films)).astype(np.int64)
    scores = np.round(np.clip(generator.normal(0.4 + 0.2 * skill * (truth > 0), 0.15), 0, 1), 2)
    one, two = (truth > 0) | (predicted > 0), (truth > 0) & (predicted > 0)
    surfaces = Surfaces(
        nsd=np.where(one, np.where(two, generator.uniform(size=films).round(1), 0.0), np.nan),
        hd95=np.where(two, generator.uniform(0, 60, films).round(0), np.nan),
        in_mm=np.arange(films) % 2 == 0,
    )
    other = decided ^ (generator.uniform(size=films) < 0.1)
    soft = np.stack((both * 0.8, predicted * 0.8), axis=1)
    judged = Judged(Counts(both, predicted, truth, np.full(films, SIDE * SIDE)), scores, decided)
    return Evaluation(np.arange(films), judged, surfaces, augmented=Augmented(decided, other), soft=soft)


def draw_facts(films=200):
    """Pixels of .0004 to .0016 cm2, known for every other film."""
    areas = np.random.default_rng(1).uniform(4e-4, 16e-4, films)
    return FilmFacts(np.where(np.arange(films) % 2 == 0, areas, np.nan))


def alone(evaluation):
    """Each film a patient of its own."""
    return np.arange(evaluation.films.size)


def draw_dataset(folder, cases, codes):
    """A data set as it is in memory, whose pixels are never read; `cases` are changes to a healthy PA film."""
    blank = Case(
        id="",
        patient="",
        present=False,
        split="test",
        view=View.PA,
        sex="unknown",
        age=None,
        row_mm=None,
        column_mm=None,
        height=SIDE,
        width=SIDE,
        area=0.0,
        source="",
        sha256="",
    )
    rows = tuple(
        replace(blank, **({"id": f"f{number}", "patient": f"p{number}", "sha256": str(number)} | changes))
        for number, changes in enumerate(cases)
    )
    present = sum(row.present for row in rows)
    sizes = Sizes(films=len(rows), patients=len(rows), present=present, splits={"test": len(rows)})
    record = DatasetRecord(
        name="drawn",
        kind="siim",
        source=str(folder),
        side=8,
        seed=0,
        code_version="0",
        sha256="0",
        files={},
        counts=sizes,
        unknown={},
        rows_without_film=0,
        left_out=(),
        notes=(),
    )
    pixels = np.zeros((len(rows), 8, 8), dtype=np.uint8)
    return Dataset(folder, record, rows, pixels, pixels[..., :1], tuple(codes))
