import json

import pytest

from data_folders import draw_film, write_image
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.cli.data import EXIT_LEAK
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan
from pleura.data.unlabelled import import_unlabelled


def data(*arguments):
    return run(build_app(), ["data", *map(str, arguments)])


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """Two sets that share film 1, and one of strangers."""
    root = tmp_path_factory.mktemp("sets")
    for name, seeds in {"a": (0, 1), "b": (1, 2), "c": (3,)}.items():
        for seed in seeds:
            write_image(root / "films" / name / f"{name}{seed}.png", draw_film(seed))
        plan = PreparePlan(side=64, split=SplitPlan(all_as="train"))
        prepare(import_unlabelled(root / "films" / name), root / name, plan)
    return root


def test_a_leak_is_told_in_words_and_by_the_exit_code(sets, capsys):
    assert data("leaks", sets / "a", sets / "b") == EXIT_LEAK
    out, err = capsys.readouterr()
    assert "the same file: 1 films of a, 1 of b" in out
    assert "a1  b1  file, picture, correlation 1.000" in out
    assert "likely leaks by split: a train 1; b train 1" in out
    assert "1 pairs of films are likely leaks" in err


def test_strangers_end_with_exit_code_0(sets, capsys):
    assert data("leaks", sets / "a", sets / "c") == EXIT_OK
    out, err = capsys.readouterr()
    assert (out, err) == ("a and c: nothing in common\n", "No likely leak was found.\n")


def test_leaks_as_json_name_films_splits_and_ways(sets, capsys):
    assert data("leaks", sets / "a", sets / "b", sets / "c", "--json") == EXIT_LEAK
    found = json.loads(capsys.readouterr().out)
    assert [(each["first"], each["second"], each["likely"]) for each in found] == [
        ("a", "b", 1),
        ("a", "c", 0),
        ("b", "c", 0),
    ]
    assert found[0]["pairs"] == [
        {
            "first": {"id": "a1", "split": "train"},
            "second": {"id": "b1", "split": "train"},
            "ways": ["file", "picture"],
            "likely": True,
            "differing_bits": 0,
            "correlation": 1.0,
        }
    ]


def test_a_folder_that_is_no_set_is_one_line(sets, capsys):
    assert data("leaks", sets / "a", sets / "films") == EXIT_ERROR
    assert "is no data set" in capsys.readouterr().err


def test_show_writes_a_page_and_its_json(sets, tmp_path, capsys):
    assert data("show", sets / "a", "--out", tmp_path / "shown", "--films", 1) == EXIT_OK
    assert "data.html: 2 films, 0 suspicious cases" in capsys.readouterr().err
    assert (tmp_path / "shown" / "data.html").read_text().count("<image") == 1
    assert json.loads((tmp_path / "shown" / "data.json").read_text())["name"] == "a"


def test_show_writes_one_file_or_prints_json(sets, tmp_path, capsys):
    assert data("show", sets / "a", "--out", tmp_path / "x.html", "--json") == EXIT_OK
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]
    assert json.loads(capsys.readouterr().out)["suspects"] == []


def test_show_without_a_place_to_write_says_what_to_give(sets, capsys):
    assert data("show", sets / "a") == EXIT_ERROR
    assert "--out FILE.html" in capsys.readouterr().err


def test_show_refuses_less_than_no_film(sets, tmp_path, capsys):
    assert data("show", sets / "a", "--out", tmp_path / "a.html", "--films", -1) == EXIT_ERROR
    assert "--films -1 is no number of films" in capsys.readouterr().err
    assert not (tmp_path / "a.html").exists()
