import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_folders import SIDE, draw_film, draw_mask, make_siim, write_csv, write_image
from offline_pages import Html, browsed
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.show import show_page, survey, survey_json
from pleura.data.show.histogram import area_histogram
from pleura.data.show.page import Sheet
from pleura.data.show.tile import film_key
from pleura.data.siim import SiimTables, import_siim
from pleura.data.unlabelled import import_unlabelled


def words(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Six films of three patients, the last a copy of the first with another truth."""
    root = tmp_path_factory.mktemp("shown")
    folder, codes = make_siim(root, [None, draw_mask(), None, draw_mask(top=50), None, draw_mask()])
    shutil.copy(folder / "f00.png", folder / "f05.png")
    rows = [[f"f{n:02}", f"Secret{n % 3}", "FM"[n % 2], 30 + n, "PA", 3.5, 4.0] for n in range(6)]
    header = ["image_id", "patient", "sex", "age", "view", "row_spacing_mm", "column_spacing_mm"]
    tables = SiimTables(codes, SIDE, cases=write_csv(root / "cases.csv", header, rows))
    return prepare(import_siim(folder, tables), root / "shown", PreparePlan(side=96))


@pytest.fixture(scope="module")
def page(dataset):
    return show_page(dataset, survey(dataset), Sheet(films=2, seed=1))


def test_the_page_asks_no_network_runs_no_script_and_names_nobody(dataset, page):
    found = Html(page)
    assert "script" not in found.tags
    assert all(reference.startswith("data:image/") for reference in found.references)
    assert not [case.id for case in dataset.cases if case.id in words(page)]
    assert "Secret" not in page


def test_the_page_shows_counts_sizes_lengths_and_every_suspicious_case(dataset, page):
    said = words(page)
    assert "Films 6" in said
    assert "Patients 3" in said
    assert "With a pneumothorax 3 50.0% of the films" in said
    assert f"film 6 {film_key('f05')} beside film 1" in said
    assert "Dice of their truths 0.00" in said
    # Films 1 to 6 are of three patients, each of both sexes.
    assert said.count("F on 1 films of one patient, M on 1") == 3
    assert "a pixel along a row, mm 4 4 4 4 4 6" in said
    pairs = 1 + 3
    assert Html(page).tags.count("image") == 2 * pairs + 2 * 2


def test_another_seed_draws_other_films_and_the_same_seed_the_same(dataset):
    found = survey(dataset)
    one, again, other = (show_page(dataset, found, Sheet(films=1, seed=seed)) for seed in (1, 1, 2))
    assert one == again
    assert one.replace("seed 1", "seed 2") != other


def test_outlines_are_drawn_on_films_with_a_pneumothorax_only(dataset):
    assert 'class="truth"' in show_page(dataset, survey(dataset), Sheet(films=3))
    empty = replace(dataset, packed=np.zeros_like(dataset.packed))
    assert 'class="truth"' not in show_page(empty, survey(empty), Sheet(films=3))


def test_a_set_without_labels_has_a_page_without_truth(tmp_path):
    for seed in range(3):
        write_image(tmp_path / "films" / f"{seed}.png", draw_film(seed)[:64])
    dataset = prepare(import_unlabelled(tmp_path / "films"), tmp_path / "set", PreparePlan(side=64))
    page = show_page(dataset, survey(dataset), Sheet())
    said = words(page)
    assert "pneumothorax</dt>" not in page
    assert "Size of" not in said
    assert "None was found" in said
    assert "No film has a known or plausible spacing" in said
    # The films keep their own proportions.
    assert 'viewBox="0 0 224.0 149.6"' in page


def test_the_json_says_the_same_and_names_films_by_id_and_row(dataset):
    found = survey_json(dataset, survey(dataset))
    assert json.loads(json.dumps(found)) == found
    assert [case["kind"] for case in found["suspects"]] == ["same-file", "sex", "sex", "sex"]
    assert found["suspects"][0]["films"] == [{"row": 1, "id": "f00"}, {"row": 6, "id": "f05"}]
    assert found["lengths"][1]["ends"]["median"] == 4.0
    assert len(found["areas"]) == 3
    assert "Secret" not in json.dumps(found)


@settings(max_examples=30)
@given(st.lists(st.floats(1e-7, 1.0), min_size=1, max_size=40))
def test_every_mask_is_in_a_bar_of_the_histogram(areas):
    bars = re.findall(r": (\d+) films</title>", area_histogram(areas, "Size of a pneumothorax"))
    assert sum(map(int, bars)) == len(areas)


@pytest.mark.long  # starts a browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_on_a_phone_without_error_request_or_sideways_scroll(page, tmp_path, scheme):
    (tmp_path / "data.html").write_text(page, "utf-8")
    with browsed(tmp_path / "data.html", scheme) as tab:
        bars = tab.evaluate("[...document.querySelectorAll('svg rect')].map(bar => getComputedStyle(bar).fill)")
        assert bars
        assert "rgb(0, 0, 0)" not in bars
