"""The table of measures and what is written about it."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from pleura.core.measures import MEASURES

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "measures.md").read_text("utf-8")
UNITS = {"cm2": "cm2", "cm": "cm", "%": "%", "1": "count", "": ("yes or no", "class", "")}


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_is_documented_with_its_unit(name):
    (line,) = [row for row in PAGE.splitlines() if row.startswith("|") and f"`{name}`" in row.split("|")[1]]
    unit = line.split("|")[3].strip()
    assert unit in UNITS[MEASURES[name].unit]


def test_no_other_measure_is_documented():
    rows = PAGE.partition("## What is measured")[2].partition("How the picture is read")[0]
    named = {
        name for row in rows.splitlines() if row.startswith("|") for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert named == set(MEASURES)


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_says_what_it_is_and_where_it_comes_from(name):
    row = MEASURES[name]
    assert row.words
    assert row.source


def test_the_picture_is_a_picture():
    assert ET.parse(DOCS / "pictures" / "measures.svg").getroot().tag.endswith("svg")
