"""Outlines as closed polygons."""

import numpy as np

from pleura.core.measures import measure_regions
from pleura.output.dicom.polygon import polygon_of


def test_a_polygon_is_closed_and_in_columns_and_rows():
    mask = np.zeros((40, 60), bool)
    mask[5:20, 30:50] = True
    mask[10:12, 35:40] = False
    (region,) = measure_regions(mask, None)
    points = polygon_of(region)
    assert np.array_equal(points[0], points[-1])
    assert {tuple(point) for point in points} == {(30, 5), (30, 19), (49, 19), (49, 5)}


def test_one_pixel_is_a_polygon_too():
    mask = np.zeros((40, 60), bool)
    mask[7, 9] = True
    (region,) = measure_regions(mask, None)
    assert polygon_of(region).tolist() == [[9, 7], [9, 7]]


def test_a_border_of_very_many_corners_fits_and_stays_within_a_pixel():
    mask = np.zeros((8000, 40), bool)
    mask[::2, 2:20] = True
    mask[:, 2:6] = True
    (region,) = measure_regions(mask, None)
    assert len(region.outline[0]) > 8000
    points = polygon_of(region)
    assert len(points) <= 8000
    assert (points.min(axis=0) >= region.outline[0][:, ::-1].min(axis=0)).all()
    assert (points.max(axis=0) <= region.outline[0][:, ::-1].max(axis=0)).all()
