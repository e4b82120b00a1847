import json

import pytest
import yaml

from models import make_model, make_network, make_spec
from pleura.core.calibration import CalibrationFigures, CalibrationRecord, Isotonic, Platt, Temperature
from pleura.core.errors import ModelFileError
from pleura.core.spec import Clahe, Crop, DecisionSpec, LungCrop, Patch, TrainingRecord, TuningRecord
from pleura.evidence.card import CardText, model_card, read_card_text, read_measured, record_of
from pleura.evidence.card.metadata import metadata_block
from pleura.evidence.card.wording import calibration_words, decision_words, input_words
from pleura.runtime import read_blend, read_model, write_model

TRAINED = TrainingRecord(
    recipe={
        "name": "tiny",
        "summary": "one | convolution",
        "loss": {"bce": 2.0, "dice": 1.0, "dice_smooth": 1.0},
        "stages": [{"resolution": 64, "epochs": 3, "learning_rate": 4e-4, "batch": 8}],
        "optimiser": {"name": "adamw", "weight_decay": 0.01, "ema": 0.0},
        "validation": {"monitor": "auroc"},
    },
    data_name="drawn",
    data_sha256="a" * 64,
    code_version="0.1.0",
    epochs=3,
    checkpoint="best.pt",
    device="cpu",
    threads=2,
    libraries={"torch": "2.0"},
)
FIGURES = {"siim_dice": 0.75, "siim_dice_all_empty": 0.5, "auroc": 0.987}


@pytest.fixture
def model(tmp_path):
    spec = make_spec().model_copy(
        update={
            "training": TRAINED,
            "tuning": TuningRecord(
                data_name="held", data_sha256="b" * 64, films=9, patients=8, objective="siim_dice"
            ),
            "figures": {"cross-fit held": FIGURES},
        }
    )
    return write_model(make_network(), spec, tmp_path / "tiny.onnx")


def metadata(card):
    return yaml.safe_load(card.split("---\n")[1])


def said(value, cases=20, patients=15):
    low = None if value is None else value - 0.125
    return {"value": value, "low": low, "high": value, "cases": cases, "patients": patients}


def reader(sha256):
    return {"kind": "cross-fit", "model": {"name": "bright", "version": "1.0", "sha256": sha256}}


@pytest.fixture
def metrics(model, tmp_path):
    content = {
        "format": "pleura.metrics/2",
        "reader": reader(model.sha256),
        "data": {"name": "held", "sha256": "b" * 64, "films": 74, "patients": 57, "present": 39},
        "warnings": ["the network was trained on this data set"],
        "figures": {"auroc": said(0.875), "nsd": said(None), "hd95": said(12.5)},
        "strata": [
            {
                "axis": "sex",
                "name": "F",
                "films": 30,
                "patients": 1,
                "present": 14,
                "figures": {"dice_positives": said(0.5, 14, 1), "specificity": said(0.5, 16, 16)},
            }
        ],
    }
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(content), "utf-8")
    return path


def test_figures_on_films_that_the_model_saw_are_marked(model, metrics):
    content = json.loads(metrics.read_text("utf-8"))
    content["data"]["seen"] = 3
    metrics.write_text(json.dumps(content), "utf-8")
    record = record_of(model)
    card = model_card(record, CardText(), read_measured(metrics, record))
    assert r"| 0.875 (0.750 to 0.875)\* | 20 |" in card
    assert r"[0.500 (0.375 to 0.500)\*]" in card
    assert r"marked \* are to be read with this in mind" in card


def test_a_siim_dice_is_not_quoted_without_the_score_of_a_model_that_finds_nothing(tmp_path):
    figures = {"held": FIGURES, "old": {"siim_dice": 0.812, "auroc": 0.9}}
    spec = make_spec().model_copy(update={"figures": figures})
    record = record_of(write_model(make_network(), spec, tmp_path / "old.onnx"))
    card = model_card(record, CardText(columns={"held": "74 films"}))
    assert "0.812" not in card
    assert "| SIIM Dice (`siim_dice`) | 0.750 |  |" in card
    assert [each["dataset"]["name"] for each in metadata(card)["model-index"][0]["results"]] == ["74 films", "old"]


def test_the_hub_reads_the_metadata(model):
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed")
    card = hub.ModelCard(model_card(record_of(model), CardText(datasets=("drawn films",))))
    assert card.data.license == "apache-2.0"
    assert card.data.pipeline_tag == "image-segmentation"
    assert card.data.datasets == ["drawn films"]
    found = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert found == FIGURES


def test_metadata_reads_back_as_what_was_said(model):
    record = record_of(model)
    text = CardText(tags=("yes", "3d: no", 'a "quoted" \\ tag', "- dash", "µ"))
    read = metadata(f"{metadata_block(record, text, {})}\n")
    assert read["tags"][-5:] == list(text.tags)
    assert "model-index" not in read
    assert read["library_name"] == "pleura"


def test_a_licence_without_a_short_name_is_other(tmp_path):
    spec = make_spec().model_copy(update={"licence": "research only, ask us"})
    read = metadata(model_card(record_of(write_model(make_network(), spec, tmp_path / "m.onnx")), CardText()))
    assert (read["license"], read["license_name"]) == ("other", "research only, ask us")


def test_a_card_says_what_the_record_says(model):
    card = model_card(record_of(model), CardText(trained="Drawn by *us*.", commands="pleura train tiny"))
    assert "# Model card: `bright` 1.0" in card
    assert "| loss | 2 bce + 1 dice |" in card
    assert r"| recipe | tiny: one \| convolution |" in card
    assert "3 epochs at 64 px, rate 0.0004, batches of 8" in card
    assert "Fitted for `siim_dice` on `held`: 9 films of 8 patients" in card
    assert "**It is not calibrated**" in card
    assert "| 0.987 |" in card
    assert "Drawn by *us*." in card
    assert "```sh\npleura train tiny\n```" in card
    assert "device cpu, 2 threads" in card
    assert "10 weights" in card
    assert "no figures by size" in card


def test_a_model_without_any_record_has_a_card_that_says_so(tmp_path):
    card = model_card(record_of(make_model(tmp_path / "bare.onnx")), CardText())
    assert "How it was trained is not recorded." in card
    assert "No figure of this model is recorded." in card
    assert "## Cost" not in card
    assert "## How it was made" not in card


def test_an_evaluation_gives_intervals_strata_and_its_warnings(model, metrics):
    record = record_of(model)
    card = model_card(record, CardText(), read_measured(metrics, record))
    assert "by patient cross-fit" in card
    assert "74 films of 57 patients, 39 with" in card
    assert "**Warning: the network was trained on this data set**" in card
    assert "| 0.875 (0.750 to 0.875) | 20 | 15 |" in card
    assert "`nsd`" not in card
    # Fourteen films of one patient are few, however many films they are.
    assert "| sex: F | 30 / 14 | 1 | [0.500 (0.375 to 0.500)] |  | 0.500 (0.375 to 0.500) |" in card
    assert "no figures by size" not in card
    (results,) = metadata(card)["model-index"][0]["results"]
    assert results["metrics"] == [{"type": "auroc", "value": 0.875}]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param({"reader": {"kind": "predictions", "model": None}}, "reader.kind", id="of-no-model"),
        pytest.param({"figures": {}}, "figures", id="empty"),
        pytest.param({"reader": reader("0" * 64)}, "judges a model", id="another"),
    ],
)
def test_metrics_of_anything_else_are_refused(model, metrics, change, reason):
    metrics.write_text(json.dumps({**json.loads(metrics.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(ModelFileError, match=reason):
        read_measured(metrics, record_of(model))


def test_missing_or_broken_metrics_are_refused(model, tmp_path):
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_measured(tmp_path / "none.json", record_of(model))
    (tmp_path / "broken.json").write_text("{", "utf-8")
    with pytest.raises(ModelFileError, match="is no evaluation"):
        read_measured(tmp_path / "broken.json", record_of(model))


def test_the_card_of_a_blend_names_every_network(tmp_path):
    members = []
    for name, weight in (("wide", 3.0), ("tall", 1.0)):
        single = make_model(tmp_path / f"{name}.onnx", name=name)
        members.append(
            f'[[members]]\nfile = "{name}.onnx"\nsha256 = "{single.sha256}"\nrole = "segment"\nweight = {weight}\n'
        )
    head = 'format = 1\nname = "both"\nversion = "1.0"\n[decision]\nrule = "threshold"\n'
    (tmp_path / "both.toml").write_text(head + "".join(members), "utf-8")
    card = model_card(record_of(read_blend(tmp_path / "both.toml")), CardText())
    assert "2 networks read a film together" in card
    assert "| wide | segment | 0.75 |" in card
    assert "| tall | segment | 0.25 |" in card


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param('uses = "one"', "uses", id="wrong-type"),
        pytest.param("usage = []", "usage", id="unknown-key"),
        pytest.param("uses = [", "no valid TOML", id="no-toml"),
    ],
)
def test_a_text_with_a_mistake_is_refused(tmp_path, content, reason):
    path = tmp_path / "m.card.toml"
    path.write_text(content, "utf-8")
    with pytest.raises(ModelFileError, match=reason):
        read_card_text(path)


def test_an_absent_text_is_refused(tmp_path):
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_card_text(tmp_path / "none.card.toml")


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (DecisionSpec(rule="threshold", bottom=0.4, tta="none"), "outline over 0.4; present where any of it is left"),
        (DecisionSpec(rule="doublet", bottom=0.6, top=0.6, area=9), "at least 9 px"),
        (DecisionSpec(rule="label_gated", label=0.25), "the label's probability over 0.25"),
        (DecisionSpec(rule="distance", cut=-0.1), "signed distance is under -0.1"),
        (DecisionSpec(rule="triplet", removal=7, scales=(1.0, 1.25)), "parts under 7 px dropped"),
        (DecisionSpec(rule="triplet", scales=(1.0, 1.25)), "averaged over the scales 1, 1.25"),
    ],
)
def test_a_decision_in_words_has_its_numbers(decision, words):
    assert words in decision_words(decision)
    assert ("mirrored" in decision_words(decision)) == (decision.tta == "flip")


def test_every_step_of_the_input_is_told():
    cropped = make_spec(crop=Crop(top=0.1, bottom=0.9, left=0, right=1), clahe=Clahe(), patch=Patch(side=32)).input
    words = " ".join(input_words(cropped))
    for part in ("rows 0.1 to 0.9", "64 x 64", "CLAHE, clip 2", "windows of 32 x 32", "mean 0.5"):
        assert part in words
    assert "box around both lungs" in " ".join(input_words(make_spec(lung_crop=LungCrop()).input))


@pytest.mark.parametrize(
    ("calibration", "words"),
    [
        (Temperature(temperature=1.5), "temperature 1.5"),
        (Platt(slope=0.5, intercept=-1.25), "slope 0.5, intercept -1.25"),
        (Isotonic(x=(0.1, 0.9), y=(0.0, 1.0)), "isotonic regression with 2 knots"),
    ],
)
def test_a_calibration_in_words_says_how_and_what_it_changed(calibration, words):
    before, after = (CalibrationFigures(ece=ece, brier=0.1, log_loss=0.3) for ece in (0.125, 0.03125))
    record = CalibrationRecord(
        data_name="held",
        data_sha256="b" * 64,
        films=50,
        patients=40,
        present=20,
        prevalence=0.4,
        before=before,
        after=after,
    )
    assert words in calibration_words(calibration, None)
    assert "from 0.125 to 0.031" in calibration_words(calibration, record)
    assert "40.0% of films" in calibration_words(calibration, record)


def test_a_card_is_the_same_from_the_file_read_again(model):
    assert model_card(record_of(read_model(model.path)), CardText()) == model_card(record_of(model), CardText())
