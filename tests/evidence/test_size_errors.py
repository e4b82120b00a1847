"""Errors of areas in cm2, beside what follows from their definition."""

import math

import numpy as np
import pytest

from pleura.evidence.size_errors import SIZE_ERRORS, size_errors
from readers import draw_dataset, draw_reader

PIXEL_CM2 = 0.5 * 2.0 / 100


def with_spacing(tmp_path, reader, unknown=()):
    """The films of a reader with pixels of 0.5 by 2 mm, but for some."""
    known = {"row_mm": 0.5, "column_mm": 2.0}
    cases = [
        {"present": bool(ill)} | ({} if number in unknown else known)
        for number, ill in enumerate(reader.judged.present)
    ]
    return draw_dataset(tmp_path, cases, ["-1"] * len(cases))


def plainly(reader, known):
    """Every figure in cm2 by its definition, on the films whose places are known."""
    true, predicted = (getattr(reader.judged.counts, name)[known] * PIXEL_CM2 for name in ("true", "predicted"))
    ill = true > 0
    figures = {"true": np.median(true[ill]), "false_alarm": np.median(predicted[~ill & (predicted > 0)])}
    for prefix, kept in (("", ill), ("outlined_", ill & (predicted > 0))):
        error = predicted[kept] - true[kept]
        reach = 1.96 * error.std(ddof=1)
        figures |= {
            f"{prefix}bias": error.mean(),
            f"{prefix}low": error.mean() - reach,
            f"{prefix}high": error.mean() + reach,
            f"{prefix}median_absolute": np.median(np.abs(error)),
            f"{prefix}median_relative": np.median(100 * np.abs(error) / true[kept]),
        }
    return figures


def test_figures_are_those_of_their_definition(tmp_path):
    reader = draw_reader(1)
    found = size_errors([reader], with_spacing(tmp_path, reader), rounds=20)
    assert list(found) == list(SIZE_ERRORS)
    values = {name: one.value for name, one in found.items()}
    assert values == pytest.approx(plainly(reader, np.arange(200)))
    # Every truth of these readers is equally large, which leaves that figure without an interval.
    assert all(one.low <= one.value <= one.high for name, one in found.items() if name != "true")


def test_films_without_spacing_are_left_out(tmp_path):
    reader = draw_reader(2)
    unknown = range(0, 200, 3)
    known = np.setdiff1d(np.arange(200), unknown)
    found = size_errors([reader], with_spacing(tmp_path, reader, unknown), rounds=5)
    assert {name: one.value for name, one in found.items()} == pytest.approx(plainly(reader, known))
    assert found["bias"].cases == int((reader.judged.counts.true[known] > 0).sum())


def test_of_several_runs_a_figure_is_their_mean(tmp_path):
    readers = [draw_reader(seed) for seed in (1, 2)]
    found = size_errors(readers, with_spacing(tmp_path, readers[0]), rounds=5)
    each = [plainly(reader, np.arange(200)) for reader in readers]
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        {name: (each[0][name] + each[1][name]) / 2 for name in SIZE_ERRORS}
    )


def test_a_perfect_reader_has_no_error_and_no_false_alarm(tmp_path):
    reader = draw_reader(1)
    reader.judged.counts.predicted[:] = reader.judged.counts.true
    found = size_errors([reader], with_spacing(tmp_path, reader), rounds=5)
    ill = int(reader.judged.present.sum())
    for name in set(SIZE_ERRORS) - {"true", "false_alarm"}:
        assert (found[name].value, found[name].cases) == (0.0, ill), name
        assert math.isnan(found[name].low), name
    assert math.isnan(found["false_alarm"].value)
    assert found["false_alarm"].cases == 0


def test_films_of_one_patient_are_drawn_together(tmp_path):
    """With one patient every draw is the whole set: an interval would have no width, and there is none."""
    reader = draw_reader(1, films=30)
    cases = [
        {"present": bool(ill), "patient": "one", "row_mm": 0.5, "column_mm": 2.0} for ill in reader.judged.present
    ]
    found = size_errors([reader], draw_dataset(tmp_path, cases, ["-1"] * 30), rounds=5)
    assert math.isnan(found["bias"].low)
    assert (found["bias"].patients, found["bias"].few) == (1, True)


def test_runs_of_other_films_are_an_error(tmp_path):
    reader = draw_reader(1)
    with pytest.raises(ValueError, match="same films"):
        size_errors([reader, reader.take(np.arange(50))], with_spacing(tmp_path, reader), rounds=5)
