"""The outline as a presentation state."""

import numpy as np
import pytest

from dicom_findings import KINDS, assert_standard, finding_of, opened, order_of
from dicom_maker import changed, film_values, lut_item, make_dataset, write
from pleura.image import read_film
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.dicom.gsps import gsps_dicom
from pleura.output.order import Order

KIND = "12-bit digital radiography"


@pytest.mark.parametrize("kind", KINDS)
def test_every_region_is_drawn_where_it_is(kind, tmp_path):
    order = order_of(kind)
    content = gsps_dicom(order)
    assert_standard(content, tmp_path)
    assert content == gsps_dicom(order_of(kind))
    drawn = opened(content).GraphicAnnotationSequence[0].GraphicObjectSequence
    assert len(drawn) == len(order.finding.regions)
    for graphic, region in zip(drawn, order.finding.regions, strict=True):
        columns, rows = np.reshape(graphic.GraphicData, (-1, 2)).T
        top, left, bottom, right = region.box
        # The first pixel's centre is (1, 1).
        assert (columns.min(), rows.min(), columns.max(), rows.max()) == (left + 1, top + 1, right, bottom)
        assert (columns[0], rows[0]) == (columns[-1], rows[-1])


def test_a_film_stored_inverted_stays_as_it_is_shown():
    state = opened(gsps_dicom(order_of(KIND)))
    assert state.PresentationLUTShape == "INVERSE"
    assert state.SoftcopyVOILUTSequence[0].WindowCenter == 2048
    assert (state.RescaleSlope, state.RescaleIntercept) == (1, 0)
    assert opened(gsps_dicom(order_of("8-bit secondary capture without UIDs"))).PresentationLUTShape == "IDENTITY"


def test_nothing_found_is_said_in_words(tmp_path):
    content = gsps_dicom(order_of(KIND, present=False))
    assert_standard(content, tmp_path)
    (annotation,) = opened(content).GraphicAnnotationSequence
    assert "GraphicObjectSequence" not in annotation
    assert annotation.TextObjectSequence[0].UnformattedTextValue.startswith("AI: No pneumothorax found.")


def test_a_film_in_colour_is_refused(tmp_path):
    grey = film_values(8).astype(np.uint8)
    path = write(make_dataset(np.stack([grey] * 3, axis=-1), bits=8, photometric="RGB"), tmp_path / "film.dcm")
    finding = finding_of(read_film(path))
    with pytest.raises(NoDicomSource, match=r"film.dcm: a presentation state in grey \(gsps\) needs"):
        gsps_dicom(Order(finding, ("gsps",)))


ODD_LOOKS = {
    "no width": {"WindowCenter": 100, "WindowWidth": 0},
    "a centre without a width": {"WindowCenter": 100},
    "more centres than widths": {"WindowCenter": [100, 200], "WindowWidth": 10},
    "an unknown function": {"WindowCenter": 100, "WindowWidth": 50, "VOILUTFunction": "BOGUS"},
    "a slope without an intercept": {"RescaleSlope": 2},
}


@pytest.mark.parametrize("tags", ODD_LOOKS.values(), ids=ODD_LOOKS)
def test_odd_display_tags_cost_no_presentation_state(tags, tmp_path):
    content = gsps_dicom(order_with(tmp_path, **tags))
    assert_standard(content, tmp_path)
    state = opened(content)
    assert "SoftcopyVOILUTSequence" not in state
    assert state.get("RescaleIntercept", 0) == 0


def test_of_several_windows_those_that_can_be_used_are_kept(tmp_path):
    state = opened(gsps_dicom(order_with(tmp_path, WindowCenter=[100, 200], WindowWidth=[0, 20])))
    (curve,) = state.SoftcopyVOILUTSequence
    assert (curve.WindowCenter, curve.WindowWidth) == (200, 20)


def test_a_table_that_cannot_be_repeated_is_told(tmp_path):
    table = lut_item(0, np.arange(16), 16)
    del table.LUTDescriptor
    with pytest.raises(NoDicomSource, match=r"film.dcm: .* cannot repeat the look-up tables"):
        gsps_dicom(order_with(tmp_path, VOILUTSequence=[table]))


def order_with(folder, **tags):
    path = write(changed(make_dataset(film_values()), tags), folder / "film.dcm")
    return Order(finding_of(read_film(path)), ("gsps",))
