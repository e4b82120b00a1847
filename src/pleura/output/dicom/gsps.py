"""Grayscale Softcopy Presentation State (PS3.3 A.33.1): the outline as graphics that a viewer lays over the film."""

import copy

import numpy as np
from highdicom import PresentationLUTTransformation
from highdicom.color import CIELabColor
from highdicom.pr import (
    GraphicAnnotation,
    GraphicLayer,
    GraphicObject,
    GrayscaleSoftcopyPresentationState,
    TextObject,
)
from pydicom.dataset import Dataset

from pleura.core.caption import RESEARCH_USE, caption_of
from pleura.core.draw import OUTLINE
from pleura.output.dicom.errors import NoDicomSource
from pleura.output.dicom.finish import finish
from pleura.output.dicom.identity import DEVICE, MANUFACTURER, Identity
from pleura.output.dicom.polygon import line_of, polygon_of
from pleura.output.dicom.source import SourceImage, quiet
from pleura.output.order import Order
from pleura.output.stems import printable

_LAYER = "PNEUMOTHORAX"


def gsps_dicom(order: Order) -> bytes:
    """The outer border of every region, every distance, and a line of words, also where nothing was found.

    Raises:
        NoDicomSource: the film was no DICOM file, is one in colour, or its look-up table cannot be repeated.
        SourceChanged: the file is not the one that was read.
    """
    source, finding = order.source, order.finding
    if source.looks.get("SamplesPerPixel", 1) != 1:
        reason = "a presentation state in grey (gsps) needs a film that is stored in grey"
        raise NoDicomSource(printable(finding.film.source.name), reason)
    try:
        with quiet():
            return finish(_state(order), source)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # highdicom copies the display tags of the film, which may be odd in more ways than `looks_of` mends.
        reason = "a presentation state (gsps) cannot repeat the look-up tables of its header"
        raise NoDicomSource(printable(finding.film.source.name), reason) from error


def _state(order: Order) -> Dataset:
    source, identity, finding = order.source, Identity.of(order, "gsps"), order.finding
    film = _film(source)
    layer = GraphicLayer(_LAYER, 1, "AI result, not for diagnosis", CIELabColor.from_rgb(*OUTLINE))
    # PS3.3 C.10.5.1.2: the first pixel's centre is (1, 1).
    outlines = [
        GraphicObject("POLYLINE", points + 1, "PIXEL", tracking_id=None)
        for points in (*map(polygon_of, finding.regions), *map(line_of, finding.measures))
        if points is not None
    ]
    words = f"AI: {caption_of(finding).headline}. {RESEARCH_USE}"
    corner = np.array([0.02, 0.02, 0.98, 0.06])
    text = TextObject(words, "DISPLAY", bounding_box=tuple(corner))
    state = GrayscaleSoftcopyPresentationState(
        referenced_images=[film],
        series_instance_uid=identity.series_uid,
        series_number=identity.series_number,
        sop_instance_uid=identity.uid,
        instance_number=identity.instance_number,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=DEVICE,
        software_versions=identity.software,
        device_serial_number=identity.serial,
        content_label=_LAYER,
        content_description=identity.series_name,
        graphic_layers=[layer],
        graphic_annotations=[GraphicAnnotation([film], layer, graphic_objects=outlines or None, text_objects=[text])],
        presentation_lut_transformation=PresentationLUTTransformation(presentation_lut_shape=_shape(source)),
        series_description=identity.series_name,
    )
    state.BodyPartExamined = "CHEST"
    return state


def _film(source: SourceImage) -> Dataset:
    """The film with the tags of its display, which the state repeats: a viewer then ignores those of the film."""
    film = copy.deepcopy(source.header)
    film.update(copy.deepcopy(source.looks))
    film.SamplesPerPixel = 1
    return film


def _shape(source: SourceImage) -> str:
    """Polarity: a state overrides the film's own, so MONOCHROME1 or a shape of INVERSE is said again (C.11.6)."""
    inverse = source.looks.get("PresentationLUTShape") == "INVERSE"
    return "INVERSE" if inverse or source.looks.get("PhotometricInterpretation") == "MONOCHROME1" else "IDENTITY"
