import json
import os

import cv2
import numpy as np
import pytest

from models import make_model
from pleura.cli import build_app
from pleura.cli.console import EXIT_ERROR, EXIT_OK, run
from pleura.core.spec import DecisionSpec
from pleura.data.pairs import import_pairs
from pleura.data.prepare import PreparePlan, prepare
from pleura.data.splits import SplitPlan

CHOICE = ["--engine", "onnxruntime", "--threads", "1"]
FILMS = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Ten films, every other one with a bright disc; two models, and masks of a tool that finds nothing."""
    root, generator = tmp_path_factory.mktemp("compare"), np.random.default_rng(0)
    for name in ("pairs/png_images", "pairs/png_masks", "nothing"):
        (root / name).mkdir(parents=True)
    for index in range(FILMS):
        coarse = generator.uniform(1, 90, (8, 8)).astype(np.uint8)
        film, mask = cv2.resize(coarse, (64, 64)), np.zeros((64, 64), np.uint8)
        if index % 2:
            cv2.circle(mask, (32, 32), 8 + index, 255, -1)
        film[mask > 0] = 230
        cv2.imwrite(str(root / "pairs" / "png_images" / f"{index}.png"), film)
        cv2.imwrite(str(root / "pairs" / "png_masks" / f"{index}.png"), mask)
        cv2.imwrite(str(root / "nothing" / f"{index}.png"), np.zeros_like(mask))
    prepare(import_pairs(root / "pairs"), root / "data", PreparePlan(side=64, split=SplitPlan(all_as="test")))
    make_model(root / "wide.onnx", decision=DecisionSpec(rule="triplet", bottom=0.5, top=0.5, area=300), name="wide")
    make_model(
        root / "blind.onnx", decision=DecisionSpec(rule="triplet", bottom=0.9, top=1.0, area=300), name="blind"
    )
    return root


def call(folder, capsys, *arguments, out="out"):
    command = ["compare", *(str(argument) for argument in arguments), "--data", str(folder / "data")]
    code = run(build_app(), [*command, "--out", str(folder / out), "--rounds", "60", *CHOICE])
    return code, capsys.readouterr()


def test_models_and_outlines_are_compared_with_the_first(folder, capsys):
    code, printed = call(folder, capsys, folder / "wide.onnx", folder / "nothing", folder / "blind.onnx")
    assert code == EXIT_OK
    assert {path.name for path in (folder / "out").iterdir()} == {"compare.html", "compare.json", "compare.csv"}
    assert "nothing against wide 1.0" in printed.out
    assert "no difference shown" in printed.out
    content = json.loads((folder / "out" / "compare.json").read_text("utf-8"))
    assert [reader["title"] for reader in content["readers"]] == ["wide 1.0", "nothing", "blind 1.0"]
    nothing, blind = (entry["figures"] for entry in content["differences"])
    assert nothing["siim_dice"] == blind["siim_dice"]  # a blind model and an empty folder are one reader
    assert nothing["siim_dice"]["value"] < 0
    assert nothing["auroc"]["value"] is None  # outlines alone rank no film


def test_a_model_and_its_own_evaluation_do_not_differ(folder, capsys):
    command = ["evaluate", str(folder / "wide.onnx"), "--data", str(folder / "data"), "--rounds", "20", *CHOICE]
    assert run(build_app(), [*command, "--out", str(folder / "judged")]) == EXIT_OK
    capsys.readouterr()
    code, printed = call(folder, capsys, folder / "wide.onnx", folder / "judged", "--json", out="same")
    assert code == EXIT_OK
    figures = json.loads(printed.out)["differences"][0]["figures"]
    known = {name: said["value"] for name, said in figures.items() if said["value"] is not None}
    assert known["auroc"] == 0
    assert set(known.values()) == {0}


def test_the_baseline_may_be_named(folder, capsys):
    readers = (folder / "wide.onnx", folder / "nothing")
    relative = os.path.relpath(folder / "nothing")
    code, printed = call(folder, capsys, *readers, "--baseline", relative, "--json", out="named")
    content = json.loads(printed.out)
    assert code == EXIT_OK
    assert content["baseline"] == "nothing"
    assert content["differences"][0]["reader"] == "wide 1.0"
    assert content["differences"][0]["figures"]["siim_dice"]["value"] > 0


def test_a_cross_fit_fits_the_models_anew(folder, capsys):
    search = ["--cross-fit", "--objective", "siim_dice", "--grid", "fine", "--folds", "2", "--draws", "2"]
    code, printed = call(folder, capsys, folder / "blind.onnx", folder / "nothing", *search, "--json", out="cross")
    content = json.loads(printed.out)
    assert code == EXIT_OK
    assert [reader["kind"] for reader in content["readers"]] == ["cross-fit", "predictions"]
    assert content["readers"][0]["runs"] == 2
    assert content["differences"][0]["figures"]["siim_dice"]["value"] < 0  # tuned, it is blind no more


def test_a_card_takes_what_evaluate_wrote_of_that_model_and_of_no_other(folder, capsys):
    model, judged = str(folder / "blind.onnx"), folder / "of-blind"
    command = ["evaluate", model, "--data", str(folder / "data"), "--rounds", "20", *CHOICE, "--out", str(judged)]
    assert run(build_app(), command) == EXIT_OK
    capsys.readouterr()
    show = ["models", "show", "--card", "--metrics", str(judged / "metrics.json")]
    assert run(build_app(), [*show, model]) == EXIT_OK
    card = capsys.readouterr().out
    assert "Evaluated on `data` at the decision it holds: 10 films of 10 patients, 5 with a pneumothorax." in card
    assert "## Strata" in card
    assert run(build_app(), [*show, str(folder / "wide.onnx")]) == EXIT_ERROR
    assert "judges a model with sha256" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["wide.onnx"], "Name at least two", id="one-reader"),
        pytest.param(["wide.onnx", "nothing", "--baseline", "else"], "none of the readers", id="no-such-baseline"),
        pytest.param(["wide.onnx", "nothing", "--folds", "3"], "--cross-fit", id="search-of-nothing"),
        pytest.param(["nothing", "nothing", "--cross-fit"], "no decision to fit", id="nothing-to-fit"),
        pytest.param(["nothing", "wide.onnx", "--out", "nothing"], "one of the readers", id="out-is-a-reader"),
        pytest.param(["wide.onnx", "nothing", "--shown", "-1"], "no number of films", id="negative"),
        pytest.param(["wide.onnx", "nothing", "--rounds", "0"], "needs draws", id="no-rounds"),
        pytest.param(["wide.onnx", "pairs"], "neither", id="no-outlines"),
    ],
)
def test_what_makes_no_comparison_is_refused_before_a_film_is_read(folder, arguments, reason, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    command = ["compare", *arguments, "--data", "data"]
    if "--out" not in arguments:
        command += ["--out", "never"]
    assert run(build_app(), command) == EXIT_ERROR
    assert reason in capsys.readouterr().err
    assert not (folder / "never").exists()


def test_a_film_without_an_outline_is_an_error_or_empty_as_asked(folder, capsys):
    partial = folder / "partial"
    partial.mkdir()
    (partial / "1.png").write_bytes((folder / "pairs" / "png_masks" / "1.png").read_bytes())
    code, printed = call(folder, capsys, folder / "nothing", partial, out="gaps")
    assert code == EXIT_ERROR
    assert "9 of 10 films" in printed.err
    code, printed = call(folder, capsys, folder / "nothing", partial, "--missing", "empty", out="gaps")
    assert code == EXIT_OK
    assert "9 of 10 films had no outline" in " ".join(printed.out.split())
