"""The Basic Application Level Confidentiality Profile of PS3.15 Annex E, by the tables of dicom-anonymizer."""

from collections.abc import Callable

from dicomanonymizer.simpledicomanonymizer import anonymize_dataset, initialize_actions
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from pleura.data.sharing.pseudonyms import Pseudonyms

TABLES = "dicomfields_2026c"
"""The edition of the standard that the tables are of."""
_METHOD = "pleura: PS3.15 Annex E Basic Profile, edition 2026c"
_UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
_PATIENT = ("PatientName", "PatientID")
_EMPTIED = ("StudyDate", "StudyTime", "PatientBirthDate")

Rule = Callable[[Dataset, tuple[int, int]], None]


def apply_profile(dataset: Dataset, patient: str, pseudonyms: Pseudonyms) -> None:
    """Do to each tag of a data set what the profile asks for, and mark it as done (PS3.15 E.1.1).

    Args:
        dataset: changed in place.
        patient: what stands in for name and ID.
        pseudonyms: gives UIDs that fit together in all films shared under one key.
    """

    def name(dataset: Dataset, tag: tuple[int, int]) -> None:
        dataset[tag].value = patient

    def renumber(dataset: Dataset, tag: tuple[int, int]) -> None:
        if tag in dataset:
            dataset[tag].value = pseudonyms.uid(str(dataset[tag].value))

    # The library writes the year 1 where the profile asks for nothing, and UIDs that differ from run to run.
    rules: dict[tuple[int, int], Rule] = {}
    for keywords, rule in ((_UIDS, renumber), (_PATIENT, name), (_EMPTIED, _empty)):
        rules |= {_pair(keyword): rule for keyword in keywords}
    anonymize_dataset(dataset, rules, base_rules_gen=lambda: initialize_actions(TABLES))
    method = Dataset()
    method.CodeValue, method.CodingSchemeDesignator = "113100", "DCM"
    method.CodeMeaning = "Basic Application Confidentiality Profile"
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = _METHOD
    dataset.DeidentificationMethodCodeSequence = Sequence([method])
    dataset.LongitudinalTemporalInformationModified = "REMOVED"


def _empty(dataset: Dataset, tag: tuple[int, int]) -> None:
    dataset[tag].value = ""


def _pair(keyword: str) -> tuple[int, int]:
    tag = Tag(tag_for_keyword(keyword) or 0)
    return tag.group, tag.element
