"""The overlay as Secondary Capture."""

import numpy as np
import pytest

from dicom_findings import KINDS, assert_standard, film_of, finding_of, opened, order_of
from dicom_maker import changed, film_values, make_dataset, write
from pleura.core.draw import draw_overlay
from pleura.image import read_film
from pleura.output.dicom.secondary_capture import marked, sc_dicom
from pleura.output.order import Order
from pleura.output.overlay import display

KIND = "computed radiography without a patient"


@pytest.mark.parametrize("kind", KINDS)
def test_a_capture_is_standard_small_and_owns_up_to_its_words(kind, tmp_path):
    order = order_of(kind)
    content = sc_dicom(order)
    assert_standard(content, tmp_path)
    capture = opened(content)
    assert capture.BurnedInAnnotation == "YES"
    assert "NOT FOR DIAGNOSIS" in capture.DerivationDescription
    assert capture.SourceImageSequence[0].ReferencedSOPInstanceUID == order.source.header.SOPInstanceUID
    assert np.array_equal(capture.pixel_array, marked(order.finding))
    assert max(capture.Rows, capture.Columns) <= 1536 * 1.1


def test_a_second_run_gives_the_same_bytes():
    assert sc_dicom(order_of(KIND)) == sc_dicom(order_of(KIND))


def test_the_band_stands_above_the_whole_overlay():
    finding = finding_of(film_of(KIND))
    overlay = draw_overlay(finding, display(finding.film))
    picture = marked(finding)
    assert np.array_equal(picture[-len(overlay) :], overlay)
    band = picture[: -len(overlay)]
    assert (band == (120, 16, 16)).all(axis=2).mean() > 0.5
    assert (band > 200).all(axis=2).any()


def test_a_film_with_oblique_axes_keeps_them(tmp_path):
    path = write(changed(make_dataset(film_values()), {"PatientOrientation": ["LA", "FP"]}), tmp_path / "film.dcm")
    content = sc_dicom(Order(finding_of(read_film(path)), ("sc",)))
    assert_standard(content, tmp_path)
    assert list(opened(content).PatientOrientation) == ["LA", "FP"]
