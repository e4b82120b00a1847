"""Codes of what is measured."""

from pleura.core.measures.table import MEASURES as MEASURED
from pleura.output.dicom.codes import MEASURES, OWN, VALUES, Measured

UNITS = {"cm2": "cm2", "cm": "cm", "%": "%", "1": "1"}


def test_every_measure_has_a_code_and_its_own_unit():
    assert set(MEASURES) == set(MEASURED)
    for name, row in MEASURED.items():
        code = MEASURES[name]
        assert (code.unit.value if isinstance(code, Measured) else "") == row.unit


def test_every_code_keeps_to_the_lengths_of_its_tags():
    concepts = [code.name if isinstance(code, Measured) else code for code in (*MEASURES.values(), *VALUES.values())]
    for concept in concepts:
        assert len(concept.meaning) <= 64
        assert len(concept.value) <= 16 or concept.scheme_designator == OWN
