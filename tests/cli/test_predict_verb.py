"""`pleura predict` and `pleura.segment`: files, words and exit codes."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

import pleura
from films import write_square
from models import make_model
from pleura.cli import VERBS, build_app
from pleura.cli.console import run


@pytest.fixture
def model(tmp_path):
    return make_model(tmp_path / "m.onnx").path


def pleura_predict(*arguments: object) -> int:
    """Read drawn squares, which no gate takes for chests."""
    return run(build_app(), ["predict", "--no-gate", *map(str, arguments)])


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_outputs_stand_beside_each_other_at_native_size(tmp_path, model, capsys):
    film = write_square(tmp_path / "films" / "a.png", (300, 400))
    assert pleura_predict(film, "--out", tmp_path / "out", "--model", model) == 0
    mask = cv2.imread(str(tmp_path / "out" / "a.mask.png"), cv2.IMREAD_UNCHANGED)
    assert mask.shape == (300, 400)
    assert set(mask.ravel()) == {0, 255}
    told = json.loads((tmp_path / "out" / "a.json").read_text(encoding="utf-8"))
    assert told["present"]
    assert [region["side"] for region in told["regions"]] == ["right"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "a.mask.png",
        "a.overlay.png",
        "a.json",
        "results.csv",
        "manifest.json",
    }
    printed = capsys.readouterr()
    assert "Pneumothorax found" in printed.out
    assert "a.overlay.png" in printed.out
    assert "1 of 1 films read" in printed.err


def test_a_refused_film_costs_only_itself(tmp_path, model, capsys):
    films = tmp_path / "films"
    for name in ("a.png", "c.png"):
        write_square(films / name)
    (films / "b.png").write_bytes(b"no picture at all")
    code = pleura_predict(films, "--out", tmp_path / "out", "--model", model, "--formats", "mask,rle")
    assert code == 2
    rows = table(tmp_path / "out" / "results.csv")
    assert [(row["stem"], row["status"]) for row in rows] == [("a", "read"), ("b", "not_an_image"), ("c", "read")]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["films"] == {"read": 2, "total": 3}
    assert [row["ImageId"] for row in table(tmp_path / "out" / "rle.csv")] == ["a", "c"]
    assert "b.png" in (told := capsys.readouterr().err)
    assert "[not_an_image]" in told


def test_films_of_one_stem_do_not_overwrite_each_other(tmp_path, model):
    for name in ("left/a.png", "right/a.png"):
        write_square(tmp_path / "films" / name)
    assert pleura_predict(tmp_path / "films", "--out", tmp_path / "out", "--model", model, "--formats", "mask") == 0
    assert len(list((tmp_path / "out").glob("*.mask.png"))) == 2


def test_a_second_run_reads_no_pictures_of_the_first_and_writes_the_same_bytes(tmp_path, model):
    write_square(tmp_path / "a.png")
    arguments = (tmp_path, "--out", tmp_path, "--model", model)
    assert pleura_predict(*arguments) == 0
    names = ("a.mask.png", "a.overlay.png", "a.json", "results.csv")
    first = [(tmp_path / name).read_bytes() for name in names]
    assert pleura_predict(*arguments) == 0
    assert [(tmp_path / name).read_bytes() for name in names] == first


def test_a_run_to_another_folder_reads_no_pictures_of_an_earlier_one(tmp_path, model):
    write_square(tmp_path / "films" / "a.png")
    for out in ("first", "second"):
        assert pleura_predict(tmp_path / "films", "--out", tmp_path / "films" / out, "--model", model) == 0
    assert [row["stem"] for row in table(tmp_path / "films" / "second" / "results.csv")] == ["a"]


def test_results_alone_are_no_films(tmp_path, model, capsys):
    film, out = write_square(tmp_path / "a.png"), tmp_path / "out"
    assert pleura_predict(film, "--out", out, "--model", model) == 0
    assert pleura_predict(out, "--out", out, "--model", model) == 1
    assert "[not_found]" in capsys.readouterr().err
    assert len(table(out / "results.csv")) == 1


def test_a_name_that_is_no_text_costs_nothing(tmp_path, model, capsys):
    film = write_square(tmp_path / "a.png").rename(Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.png")))
    assert pleura_predict(film, "--out", tmp_path / "out", "--model", model) == 0
    assert r"b\udcff.png: " in capsys.readouterr().out
    assert (tmp_path / "out" / "b_.mask.png").exists()


def test_a_reader_that_goes_away_ends_the_run_without_a_word(tmp_path, model):
    film = write_square(tmp_path / "a.png")
    script = "import sys; from pleura.cli import main; sys.argv[0] = 'pleura'; main()"
    reading, writing = os.pipe()
    os.close(reading)
    arguments = ["predict", film, "--no-gate", "--out", tmp_path / "out", "--model", model]
    done = subprocess.run([sys.executable, "-c", script, *arguments], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


def test_json_prints_a_line_a_film_and_nothing_else(tmp_path, model, capsys):
    write_square(tmp_path / "films" / "a.png")
    (tmp_path / "films" / "b.png").write_bytes(b"")
    assert pleura_predict(tmp_path / "films", "--out", tmp_path / "out", "--model", model, "--json") == 2
    found, refused = map(json.loads, capsys.readouterr().out.splitlines())
    assert found["present"]
    assert found["stem"] == "a"
    assert refused["refused"] == "not_an_image"


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        pytest.param(["--model", "none.onnx"], "none.onnx", id="missing model"),
        pytest.param(["--formats", "mask,gif"], "gif", id="unknown format"),
        pytest.param(["--engine", "onnxruntime", "--precision", "bfloat16"], "float32", id="impossible engine"),
        pytest.param(["--model", "second.onnx"], "blend", id="several models"),
    ],
)
def test_an_error_that_ends_the_run_is_one_line_and_exit_code_1(tmp_path, model, capsys, extra, said):
    film = write_square(tmp_path / "a.png")
    named = [] if said == "none.onnx" else ["--model", model]
    assert pleura_predict(film, "--out", tmp_path / "out", *named, *extra) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("pleura: ")
    assert said in line
    assert not (tmp_path / "out").exists()


def test_an_input_that_matches_nothing_is_exit_code_1(tmp_path, model, capsys):
    assert pleura_predict(tmp_path / "none.dcm", "--out", tmp_path / "out", "--model", model) == 1
    assert "none.dcm" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_exit_code_1(tmp_path, model, capsys):
    film = write_square(tmp_path / "a.png")
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    assert pleura_predict(film, "--out", tmp_path / "out", "--model", model) == 1
    assert "out" in capsys.readouterr().err


def test_segment_gives_what_predict_writes(tmp_path, model):
    film = write_square(tmp_path / "a.png")
    pleura_predict(film, "--out", tmp_path / "out", "--model", model)
    finding = pleura.segment(str(film), model=model, gate=False)
    told = json.loads((tmp_path / "out" / "a.json").read_text(encoding="utf-8"))
    assert (finding.score, finding.present) == (told["score"], told["present"])
    assert (finding.probability, finding.calibrated) == (told["probability"], told["calibrated"])


def test_models_show_prints_the_spec(model, capsys):
    assert run(build_app(), ["models", "show", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["input"]["side"] == 64
    assert run(build_app(), ["models", "show", str(model)]) == 0
    assert "bright 1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["predic"], ["predict", "a.dcm"], ["predict", "a.dcm", "--out", "out", "--engine", "tensorrt"]]
)
def test_wrong_usage_is_exit_code_1(capsys, arguments):
    assert run(build_app(), arguments) == 1
    assert capsys.readouterr().err


def test_help_lists_every_verb(capsys):
    assert run(build_app(), ["--help"]) == 0
    told = capsys.readouterr().out
    assert all(verb.name in told for verb in VERBS)


def test_predict_never_loads_torch(tmp_path, model):
    film = write_square(tmp_path / "a.png")
    script = (
        "import sys; from pleura.cli import build_app; from pleura.cli.console import run;"
        "code = run(build_app(), sys.argv[1:]);"
        "sys.exit(code or ' '.join({'torch', 'matplotlib', 'openvino_telemetry'} & set(sys.modules)))"
    )
    arguments = ["predict", film, "--no-gate", "--out", tmp_path / "out", "--model", model]
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True)
    assert done.stderr.strip().splitlines() == [f"1 of 1 films read: see {tmp_path / 'out' / 'results.csv'}"]
