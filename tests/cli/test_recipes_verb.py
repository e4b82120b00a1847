import json
import tomllib

import pytest

from pleura.cli import build_app
from pleura.cli import recipes as verb
from pleura.cli.console import run
from pleura.core.recipe import load_recipe, load_system, parse_recipe, shipped_names


def printed(capsys, *words):
    assert run(build_app(), [*words]) == 0
    return capsys.readouterr().out


def test_every_recipe_is_listed_with_its_source_and_figures(capsys, monkeypatch, tmp_path):
    measured = tmp_path / "measured.json"
    measured.write_text(json.dumps({"smoke": "siim_dice .5"}), "utf-8")
    monkeypatch.setattr(verb, "MEASURED", measured)
    rows = {row["name"]: row for row in json.loads(printed(capsys, "recipes", "--json"))}
    assert sorted(rows) == shipped_names()
    assert rows["sneddy2019"]["reported"] == "mean Dice .8679 (private board)"
    assert rows["smoke"] == {
        "name": "smoke",
        "summary": load_recipe("smoke").summary,
        "source": "pleura",
        "reported": "-",
        "measured": "siim_dice .5",
    }
    words = printed(capsys, "recipes")
    assert all(row["summary"] in words for row in rows.values())


def test_a_recipe_is_shown_resolved_and_reads_back_the_same(capsys):
    shown = tomllib.loads(printed(capsys, "recipes", "show", "roque2025-mended"))
    assert parse_recipe(shown, "shown") == load_recipe("roque2025-mended")


def test_a_system_is_shown_with_all_its_parts(capsys):
    shown = json.loads(printed(capsys, "recipes", "show", "sneddy2019", "--json"))
    system = load_system("sneddy2019")
    assert [(part["name"], part["weight"]) for part in shown["parts"]] == [
        (part.name, part.weight) for part in system.parts
    ]
    assert tomllib.loads(printed(capsys, "recipes", "show", "sneddy2019")) == shown


def test_measured_figures_of_another_kind_are_refused(capsys, monkeypatch, tmp_path):
    (tmp_path / "measured.json").write_text("[1]", "utf-8")
    monkeypatch.setattr(verb, "MEASURED", tmp_path / "measured.json")
    assert run(build_app(), ["recipes"]) == 1
    assert "is no table of words by recipe" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["sneddy2018", "x5"])
def test_an_unknown_recipe_names_those_there_are(capsys, name):
    assert run(build_app(), ["recipes", "show", name]) == 1
    assert "Allowed: abedalla2020, " in capsys.readouterr().err
