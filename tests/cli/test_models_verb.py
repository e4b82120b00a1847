import json
from pathlib import Path

import pytest

from models import make_model
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.predict.loading import load, shipped_model


@pytest.fixture
def model(tmp_path):
    make_model(tmp_path / "tiny.onnx")
    return tmp_path / "tiny.onnx"


def call(capsys, *arguments):
    code = run(build_app(), ["models", *map(str, arguments)])
    return code, capsys.readouterr()


def test_show_prints_a_record_by_groups(capsys):
    code, printed = call(capsys, "show")
    assert code == EXIT_OK
    lines = [line.strip() for line in printed.out.splitlines()]
    for title in ("Network", "Training", "Decision", "Figures", "Licence"):
        assert title in lines
    assert "siim_dice_all_empty" in printed.out


def test_of_a_cascade_show_says_when_the_first_model_settles_a_film(capsys):
    rule = load(Path("default-cascade")).spec.members[0].rule_out
    words = " ".join(call(capsys, "show", "default-cascade")[1].out.split())
    assert f"rule-out rules a film out, and no other network sees it, where the {rule.by}'s probability" in words
    assert f"is at most {rule.below:.4g}" in words
    assert "`rule-out` rules a film out" in call(capsys, "show", "default-cascade", "--card")[1].out


def test_show_as_json_has_the_whole_spec(model, capsys):
    code, printed = call(capsys, "show", model, "--json")
    assert code == EXIT_OK
    assert json.loads(printed.out)["input"]["side"] == 64


def test_show_of_the_shipped_model_as_a_card_is_the_file_beside_it(capsys):
    code, printed = call(capsys, "show", "--card")
    assert code == EXIT_OK
    assert printed.out == shipped_model().with_suffix(".md").read_text("utf-8")


def test_a_card_takes_its_text_from_beside_the_model_or_from_where_it_is_told(model, tmp_path, capsys):
    assert "Handle with care." not in call(capsys, "show", model, "--card")[1].out
    model.with_name("tiny.card.toml").write_text('trained = "Handle with care."', "utf-8")
    assert "Handle with care." in call(capsys, "show", model, "--card")[1].out
    (tmp_path / "other.toml").write_text('trained = "Drawn."', "utf-8")
    assert "Drawn." in call(capsys, "show", model, "--card", "--text", tmp_path / "other.toml")[1].out


@pytest.mark.parametrize("options", [["--card", "--json"], ["--metrics", "metrics.json"], ["--text", "t.toml"]])
def test_options_that_do_not_go_together_are_refused(model, options, capsys):
    code, printed = call(capsys, "show", model, *options)
    assert code == EXIT_ERROR
    assert "[usage]" in printed.err


def test_the_list_names_the_shipped_model(capsys):
    assert "default" in call(capsys)[1].out
    assert json.loads(call(capsys, "--json")[1].out)[0]["name"] == "default"
