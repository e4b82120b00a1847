import cv2
import numpy as np
import pytest

from pleura.core.measures.hemithoraces import part_hemithoraces


def chest(*lungs, width=200):
    """Upright ellipses at columns, (160, width)."""
    mask = np.zeros((160, width), np.uint8)
    for column in lungs:
        cv2.ellipse(mask, (column, 80), (34, 66), 0, 0, 360, 1, -1)
    return mask > 0


def test_two_lungs_are_told_apart_by_the_side_of_the_picture():
    found = part_hemithoraces(chest(55, 145))
    assert np.array_equal(found.right, chest(55))
    assert np.array_equal(found.left, chest(145))


def test_a_mirrored_outline_gives_mirrored_hemithoraces():
    lungs = chest(45, 130)
    lungs[100:, 100:] = False
    found, mirrored = part_hemithoraces(lungs), part_hemithoraces(lungs[:, ::-1])
    assert np.array_equal(mirrored.right[:, ::-1], found.left)
    assert np.array_equal(mirrored.left[:, ::-1], found.right)


def test_lungs_that_touch_are_cut_where_they_are_thinnest():
    lungs = chest(60, 140)
    lungs[70:90, 80:120] = True
    found = part_hemithoraces(lungs)
    assert not (found.right & found.left).any()
    assert np.array_equal(found.right | found.left, lungs)
    assert found.right.sum() == pytest.approx(found.left.sum(), rel=0.03)


@pytest.mark.parametrize(("column", "side"), [(50, "right"), (150, "left")])
def test_one_lung_alone_is_not_cut_in_two(column, side):
    found = part_hemithoraces(chest(column))
    other = "left" if side == "right" else "right"
    assert np.array_equal(getattr(found, side), chest(column))
    assert not getattr(found, other).any()


def test_a_small_part_of_a_lung_behind_the_heart_stays_on_its_side():
    lungs = chest(55, 145)
    lungs[100:150, 96:108] = True
    found = part_hemithoraces(lungs)
    assert np.array_equal(found.right, chest(55))
    assert found.left[140, 100]


def test_specks_are_dropped():
    lungs = chest(55, 145)
    speckled = lungs.copy()
    speckled[2:5, 98:102] = True
    found = part_hemithoraces(speckled)
    assert np.array_equal(found.right | found.left, lungs)


def test_no_lungs_are_no_hemithoraces():
    assert part_hemithoraces(np.zeros((10, 10), dtype=bool)) is None
