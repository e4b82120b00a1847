"""DICOM Segmentation (PS3.3 A.51) of a finding: the mask as BINARY, the probability map as FRACTIONAL."""

import copy
from collections.abc import Sequence

import numpy as np
from highdicom import AlgorithmIdentificationSequence, PixelMeasuresSequence
from highdicom.seg import SegmentAlgorithmTypeValues, Segmentation, SegmentationTypeValues, SegmentDescription
from highdicom.sr import CodedConcept
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from pleura.core.types import Side
from pleura.output.dicom.codes import ABNORMAL_STRUCTURE, AI, LUNG, PNEUMOTHORAX, SIDES
from pleura.output.dicom.finish import finish
from pleura.output.dicom.identity import DEVICE, MANUFACTURER, Identity
from pleura.output.dicom.reader import person_name
from pleura.output.dicom.segments import segments_of
from pleura.output.dicom.source import quiet
from pleura.output.dicom.uids import derived_uid
from pleura.output.order import Order

SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
_NOMINAL_MM = 1.0
_LEVELS = 255
_AUTOMATIC = SegmentAlgorithmTypeValues.AUTOMATIC
_MADE = {
    "automatic": _AUTOMATIC,
    "semiautomatic": SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
    "manual": SegmentAlgorithmTypeValues.MANUAL,
}


def seg_dicom(order: Order) -> bytes | None:
    """The mask at the film's native size, one segment a side; None where nothing was found and none is asked for.

    With a review it is the outline that the reader stands by, and names the reader as its creator; None where the
    reader rejects it.

    Raises:
        NoDicomSource: the film was no DICOM file.
        SourceChanged: the file is not the one that was read.
    """
    finding = order.finding
    if order.review is not None and order.review.verdict == "rejected":
        return None
    segments = segments_of(finding)
    if segments:
        planes = np.stack([segment.mask for segment in segments], axis=-1)[None].astype(np.uint8)
        described = [_described(order, each.number, each.label, each.side) for each in segments]
    elif order.dicom.empty_seg:
        planes = np.zeros((1, *finding.mask.shape, 1), dtype=np.uint8)
        described = [_described(order, 1, "PTX", None)]
    else:
        return None
    return _written(order, Identity.of(order, "seg"), planes, described)


def fractional_seg_dicom(order: Order) -> bytes:
    """The probability map, one segment, 0 to 255 for [0, 1]; it is written also where nothing was found.

    Raises:
        NoDicomSource: the film was no DICOM file.
        SourceChanged: the file is not the one that was read.
    """
    plane = np.clip(order.finding.probabilities, 0, 1)[None, ..., None]
    described = [_described(order, 1, "PTX PROBABILITY", None)]
    return _written(order, Identity.of(order, "fractional"), plane, described)


def _written(
    order: Order,
    identity: Identity,
    planes: NDArray[np.uint8] | NDArray[np.float32],
    described: Sequence[SegmentDescription],
) -> bytes:
    """One SEG object, uncompressed, of (1, H, W, segments)."""
    source, geometry = order.source, order.dicom.viewer_geometry
    binary = planes.dtype == np.uint8
    with quiet():
        seg = Segmentation(
            source_images=[_film(order)],
            pixel_array=planes,
            segmentation_type=SegmentationTypeValues.BINARY if binary else SegmentationTypeValues.FRACTIONAL,
            segment_descriptions=described,
            series_instance_uid=identity.series_uid,
            series_number=identity.series_number,
            sop_instance_uid=identity.uid,
            instance_number=identity.instance_number,
            manufacturer=MANUFACTURER,
            manufacturer_model_name=DEVICE,
            software_versions=identity.software,
            device_serial_number=identity.serial,
            max_fractional_value=_LEVELS,
            content_label="PNEUMOTHORAX",
            content_description=identity.series_name,
            content_creator_name=None if order.review is None else person_name(order.review.reader),
            pixel_measures=_pixel_measures(order),
            omit_empty_frames=False,
            series_description=identity.series_name,
        )
        if not geometry:
            # Type 2C: empty where the film does not tell it (PS3.3 C.7.6.1).
            seg.PatientOrientation = source.header.PatientOrientation
        if order.finding.film.spacing is None and not geometry:
            # highdicom asks for a spacing, and nobody shall measure with one that was made up.
            del seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence
        # highdicom draws this one at random.
        dimensions = derived_uid("dimensions", identity.uid)
        seg.DimensionOrganizationSequence[0].DimensionOrganizationUID = dimensions
        for index in seg.DimensionIndexSequence:
            index.DimensionOrganizationUID = dimensions
        return finish(seg, source)


def _film(order: Order) -> Dataset:
    """The film as highdicom needs it, with a frame of reference where a plane in space is invented."""
    header = copy.deepcopy(order.source.header)
    if order.dicom.viewer_geometry:
        header.FrameOfReferenceUID = derived_uid("frame of reference", order.finding.film.source.sha256)
        header.ImageOrientationPatient, header.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 0]
        header.update(_pixel_measures(order)[0])
    return header


def _described(order: Order, number: int, label: str, side: Side | None) -> SegmentDescription:
    """One segment in codes: a pneumothorax, at the lung of a side; the label as a viewer lists it."""
    model, made = order.finding.model, _AUTOMATIC if order.review is None else _MADE[order.review.outline]
    algorithm = AlgorithmIdentificationSequence(
        name=model.name, family=AI, version=model.version, source=DEVICE, parameters={"sha256": model.sha256}
    )
    described = SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=ABNORMAL_STRUCTURE,
        segmented_property_type=PNEUMOTHORAX,
        algorithm_type=made,
        algorithm_identification=None if made is SegmentAlgorithmTypeValues.MANUAL else algorithm,
        anatomic_regions=[LUNG],
    )
    if side in SIDES:
        modifier = CodedConcept.from_code(SIDES[side])
        described.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = Items([modifier])
    return described


def _pixel_measures(order: Order) -> PixelMeasuresSequence:
    """The spacing as the film was read with, or 1 mm where it is unknown; the thickness of a shadow is nominal."""
    spacing = order.finding.film.spacing
    known = (_NOMINAL_MM, _NOMINAL_MM) if spacing is None else (spacing.row_mm, spacing.column_mm)
    return PixelMeasuresSequence(pixel_spacing=known, slice_thickness=_NOMINAL_MM)
