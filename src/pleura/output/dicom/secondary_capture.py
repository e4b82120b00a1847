"""Secondary Capture (PS3.3 A.8.1): the overlay as a picture that any viewer shows, marked as what it is."""

import cv2
import numpy as np
from highdicom.sc import SCImage
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from pleura.core.draw import draw_overlay
from pleura.core.lettering import Colour, Letters
from pleura.core.types import Finding
from pleura.output.dicom.finish import finish
from pleura.output.dicom.identity import DEVICE, MANUFACTURER, Identity
from pleura.output.dicom.source import quiet
from pleura.output.order import Order
from pleura.output.overlay import display

MARK = "AI RESULT, NOT FOR DIAGNOSIS"
_LONGEST_SIDE = 1536
_BAND: Colour = (120, 16, 16)
_TEXT: Colour = (255, 255, 255)
_TEXT_SHARE = 1 / 32


def sc_dicom(order: Order) -> bytes:
    """The overlay under a band that says it is no diagnosis, RGB, at most 1536 px at its longer side.

    Raises:
        NoDicomSource: the film was no DICOM file.
        SourceChanged: the file is not the one that was read.
    """
    source, identity = order.source, Identity.of(order, "sc")
    header, axes = source.header, source.header.PatientOrientation
    with quiet():
        capture = SCImage(
            pixel_array=marked(order.finding),
            photometric_interpretation="RGB",
            bits_allocated=8,
            coordinate_system="PATIENT",
            study_instance_uid=header.StudyInstanceUID,
            series_instance_uid=identity.series_uid,
            series_number=identity.series_number,
            sop_instance_uid=identity.uid,
            instance_number=identity.instance_number,
            manufacturer=MANUFACTURER,
            # Replaced below: highdicom takes neither an empty one nor oblique axes (LA).
            patient_orientation=("L", "F"),
            series_description=identity.series_name,
            manufacturer_model_name=DEVICE,
            software_versions=identity.software,
            device_serial_number=identity.serial,
        )
        capture.copy_patient_and_study_information(header)
        # Type 2C: empty where the film does not tell it.
        capture.PatientOrientation, capture.Laterality = axes, header.get("Laterality")
        capture.ConversionType, capture.BurnedInAnnotation = "WSD", "YES"
        capture.ImageType = ["DERIVED", "SECONDARY"]
        capture.DerivationDescription = f"{MARK}. {identity.series_name}"
        film = Dataset()
        film.ReferencedSOPClassUID, film.ReferencedSOPInstanceUID = header.SOPClassUID, header.SOPInstanceUID
        capture.SourceImageSequence = Items([film])
        return finish(capture, source)


def marked(finding: Finding) -> NDArray[np.uint8]:
    """The overlay, made smaller where it is large, under the band, (H, W, 3) uint8, RGB."""
    picture = draw_overlay(finding, display(finding.film))
    scale = min(1.0, _LONGEST_SIDE / max(picture.shape[:2]))
    if scale < 1:
        size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    letters = Letters(round(picture.shape[1] * _TEXT_SHARE), _TEXT)
    band = Image.new("RGB", (picture.shape[1], 2 * letters.size), _BAND)
    place = ((band.width - letters.width(MARK)) / 2, letters.size / 2)
    letters.draw(ImageDraw.Draw(band), place, MARK)
    return np.concatenate((np.asarray(band, dtype=np.uint8), picture), axis=0)
