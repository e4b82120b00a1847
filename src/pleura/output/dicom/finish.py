"""The last touch on a DICOM object: its character set, its dates, its bytes."""

import io

from pydicom.dataset import Dataset

from pleura.output.dicom.source import SourceImage

_DATES = ("InstanceCreationDate", "ContentDate", "SeriesDate", "PresentationCreationDate", "DateOfSecondaryCapture")
_TIMES = ("InstanceCreationTime", "ContentTime", "SeriesTime", "PresentationCreationTime", "TimeOfSecondaryCapture")


def finish(dataset: Dataset, source: SourceImage) -> bytes:
    """A PS3.10 file of an object, whose every date and time becomes the film's own.

    highdicom writes the present second; with the film's a second run gives the same bytes under the same UID.
    """
    dataset.SeriesDate, dataset.SeriesTime = source.date, source.time
    for keywords, value in ((_DATES, source.date), (_TIMES, source.time)):
        for keyword in keywords:
            if keyword in dataset:
                setattr(dataset, keyword, value)
    for equipment in dataset.get("ContributingEquipmentSequence", ()):
        equipment.ContributionDateTime = source.date + source.time
    if "TimezoneOffsetFromUTC" in source.header:
        dataset.TimezoneOffsetFromUTC = source.header.TimezoneOffsetFromUTC
    if source.characters:
        dataset.SpecificCharacterSet = list(source.characters)
    elif "SpecificCharacterSet" in dataset:
        del dataset.SpecificCharacterSet
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
