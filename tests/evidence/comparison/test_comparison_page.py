import csv
import json
import math
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from offline_pages import Html, browsed
from pleura.data.film_key import film_key
from pleura.evidence.comparison.compare import COMPARED, Contrast, compare
from pleura.evidence.comparison.disagreement import disagreement
from pleura.evidence.comparison.document import write_document
from pleura.evidence.comparison.page import write_page
from pleura.evidence.comparison.words import how_tested, in_a_sentence, summary_words
from pleura.evidence.figures.paired import Difference


@pytest.fixture(scope="module")
def comparison(dataset, readers):
    judged = [readers[name] for name in ("perfect", "shifted", "eager")]
    evil = replace(judged[1], title="<script>alert(1)</script>", warnings=("it <b>saw</b> the films",), seen=3)
    return compare([judged[0], evil, judged[2]], dataset, rounds=300)


@pytest.fixture(scope="module")
def page(comparison, dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_page(comparison, disagreement(comparison.readers, dataset), dataset, folder)
    return folder / "compare.html"


def test_the_page_is_whole_asks_no_network_and_runs_no_script(page):
    found = Html(page.read_text("utf-8"))
    assert "script" not in found.tags
    assert found.references
    assert all(reference.startswith("data:image/") for reference in found.references)


def test_the_page_says_what_differs_and_warns_first(page, dataset):
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.read_text("utf-8").split("</style>")[1]))
    assert text.index("it &lt;b&gt;saw") < text.index("In short")
    # Sixteen films, eight of a kind: a figure over one kind alone rests on too few to be told in the summary.
    assert "eager against perfect: worse in SIIM Dice (" in text
    assert "Undefined for one or both: Surface agreement within 2 mm" in text
    assert "never finds anything would have a SIIM Dice of 0.500" in text
    assert "no difference shown" in text
    shown = re.findall(r"film (\d+) ([0-9a-f]{8}) ", text.split("Films on which")[1])
    assert shown
    assert all(film_key(dataset.cases[int(number) - 1].id) == key for number, key in shown)


def test_equal_readers_have_no_film_to_show(dataset, readers, tmp_path):
    twice = compare([readers["shifted"], readers["shifted"]], dataset, rounds=20)
    write_page(twice, disagreement(twice.readers, dataset), dataset, tmp_path)
    text = (tmp_path / "compare.html").read_text("utf-8")
    assert "outline every film equally well" in text
    assert "no difference shown in any of " in text


def test_a_summary_names_what_is_shown_and_leaves_out_what_rests_on_few_cases():
    def row(figure, value, cases, corrected=0.5):
        return Contrast(figure, Difference(value, value - 0.01, value + 0.01, 0.02, cases), corrected)

    rows = [
        row("siim_dice", -0.1, 40, corrected=0.01),
        row("auroc", 0.2, 20),
        row("brier", -0.2, 40),
        row("specificity", 0.3, 9),
        row("kaggle_iou", 0.3, 40),
        row("pooled_f1", 0.001, 40),
    ]
    words = summary_words("B", "A", rows)
    assert words == (
        "B against A: better in AUROC (+0.200); worse in SIIM Dice (\N{MINUS SIGN}0.100). Of 4 figures 2 are "
        "better and 1 worse; 1 of these outlast the correction for many tests."
    )
    assert "no difference shown in any of 1 figures" in summary_words("B", "A", rows[3:])
    assert "too few films or patients" in summary_words("B", "A", rows[3:4])


def test_a_correction_that_nothing_can_outlast_is_said():
    assert "nothing can outlast" in how_tested(tests=120, rounds=2000)
    assert "nothing can outlast" not in how_tested(tests=45, rounds=2000)


def test_a_reader_that_saw_the_films_is_marked_and_no_other(comparison, page):
    assert [comparison.mark(place) for place in range(3)] == ["", "*", ""]
    assert comparison.mark(1, 0) == "*"
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.read_text("utf-8").split("</style>")[1]))
    head, evil, eager = re.split(r"difference from perfect", text)
    assert re.search(r"SIIM Dice worse, not after correction \S+\*", evil)
    assert "*" not in eager.split("Each reader")[0]
    assert "marked * are to be read with this in mind" in head.split("In short")[0]


def test_films_that_are_not_shown_are_counted_all_the_same(dataset, readers, tmp_path):
    pair = compare([readers["perfect"], readers["empty"]], dataset, rounds=20)
    write_page(pair, disagreement(pair.readers, dataset, most=0), dataset, tmp_path)
    text = (tmp_path / "compare.html").read_text("utf-8")
    assert "With a pneumothorax: Dice differs on 8 of 8 films" in text
    assert "Healthy: Dice differs on 0 of 8 films" in text


@pytest.mark.parametrize(
    ("words", "inside"), [("AUROC", "AUROC"), ("Dice of positives", "Dice of positives"), ("Pooled F1", "pooled F1")]
)
def test_names_keep_their_capital_in_a_sentence(words, inside):
    assert in_a_sentence(words) == inside


def test_json_and_csv_hold_every_difference_alike(comparison, dataset, tmp_path):
    write_document(comparison, dataset, tmp_path)
    content = json.loads((tmp_path / "compare.json").read_text("utf-8"))
    rows = list(csv.DictReader((tmp_path / "compare.csv").read_text("utf-8").splitlines()))
    assert len(rows) == 2 * (len(COMPARED) + 1)
    beside = [later for row, later in pairwise(rows) if row["figure"] == "siim_dice"]
    assert [row["figure"] for row in beside] == 2 * ["siim_dice_all_empty"]
    assert [(row["reader_value"], row["difference"]) for row in beside] == 2 * [("0.500000", "")]
    assert [row["seen"] for row in rows] == ["1"] * (len(rows) // 2) + ["0"] * (len(rows) // 2)
    rows = [row for row in rows if row["figure"] != "siim_dice_all_empty"]
    assert content["baseline"] == "perfect"
    assert content["readers"][0]["figures"]["siim_dice_all_empty"]["value"] == 0.5
    by_reader = {entry["reader"]: entry["figures"] for entry in content["differences"]}
    for row in rows:
        said = by_reader[row["reader"]][row["figure"]]
        assert row["verdict"] == said["verdict"]
        for column, key in (("difference", "value"), ("low", "low"), ("p", "p"), ("p_holm", "p_holm")):
            number = float(row[column]) if row[column] else math.nan
            expected = math.nan if said[key] is None else said[key]
            assert number == pytest.approx(expected, abs=1e-6, nan_ok=True)
    assert rows[0]["difference"] == f"{float(rows[0]['reader_value']) - float(rows[0]['baseline_value']):.6f}"


@pytest.mark.long  # starts a browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_on_a_phone_without_error_request_or_sideways_scroll(page, scheme):
    with browsed(page, scheme):
        pass
