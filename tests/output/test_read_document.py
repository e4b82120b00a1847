"""A finding back from its JSON."""

import json

import numpy as np
import pytest

from chests import air, chest
from chests import film as chest_film
from findings import absent, finding, noted, present
from pleura.core.measures import measure_film
from pleura.output.document import document_of, finding_json
from pleura.output.read_document import finding_of_document


def again(whole, document=None):
    told = json.loads(finding_json(whole)) if document is None else document
    return finding_of_document(told, whole.film, whole.mask, whole.probabilities)


@pytest.mark.parametrize("whole", [present(), absent(), noted()])
def test_what_is_written_is_read_back(whole):
    read = again(whole)
    assert document_of(read) == document_of(whole)
    assert all(
        np.array_equal(border, other)
        for region, told in zip(read.regions, whole.regions, strict=True)
        for border, other in zip(region.outline, told.outline, strict=True)
    )


def with_distances():
    mask = air(apex=40, lateral=120)
    measured = measure_film(chest_film(), mask, chest())
    whole = finding(mask)
    told = document_of(whole)
    told["measures"] = [
        {**each.__dict__, "side": each.side and each.side.value, "ends": each.ends} for each in measured.measures
    ]
    return whole, json.loads(json.dumps(told)), measured


def test_ends_are_read_back_and_an_older_document_has_none():
    whole, told, measured = with_distances()
    assert again(whole, told).measures == measured.measures
    for measure in told["measures"]:
        del measure["ends"]
    old = again(whole, {**told, "format": "pleura.finding/2"})
    assert [(each.name, each.value) for each in old.measures] == [
        (each.name, each.value) for each in measured.measures
    ]
    assert not any(each.ends for each in old.measures)


def test_another_format_and_another_film_are_refused():
    whole = present()
    told = document_of(whole)
    with pytest.raises(ValueError, match=r"'pleura.finding/1' cannot be read"):
        again(whole, {**told, "format": "pleura.finding/1"})
    for other in ({"shape": [9, 9]}, {"source": {"name": "film.png", "sha256": "00" * 32}}):
        with pytest.raises(ValueError, match="not about this film"):
            again(whole, {**told, **other})
