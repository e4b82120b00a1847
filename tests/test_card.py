"""The figures in the README are those inside the model file, and the shipped card is written from it."""

import re
from pathlib import Path

import pytest

from pleura.evidence.card import metrics_beside, model_card, read_card_text, read_measured, record_of, text_beside
from pleura.predict.loading import load

ROOT = Path(__file__).parent.parent
NAMES = {
    "AUROC of the image-level score": "auroc",
    "average precision": "ap",
    "mean Dice, empty films included (`siim_dice`)": "siim_dice",
    "the same for a model that never finds anything": "siim_dice_all_empty",
    "mean Dice over films with a pneumothorax": "dice_positives",
    "median of the same": "dice_positives_median",
    "healthy films left empty": "empty_correct",
    "pooled F1 over all pixels": "pooled_f1",
    "pooled IoU": "pooled_iou",
    "pooled precision": "pooled_precision",
    "pooled recall": "pooled_recall",
}


def test_the_readme_quotes_the_model_files_own_figures():
    text = (ROOT / "README.md").read_text("utf-8")
    table = text.split("<!-- figures:start -->")[1].split("<!-- figures:end -->")[0]
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \|$", table, re.MULTILINE)
    figures = load(None).spec.figures
    whole = next(value for key, value in figures.items() if "without" not in key)
    beside = next(value for key, value in figures.items() if "without" in key)
    assert {name for name, *_ in rows} == set(NAMES)
    for name, first, second in rows:
        assert float(first) == pytest.approx(whole[NAMES[name]], abs=5e-4)
        assert float(second) == pytest.approx(beside[NAMES[name]], abs=5e-4)


def test_the_shipped_card_is_the_one_that_is_written_from_the_model():
    # Mend it with: pleura models show --card > src/pleura/models/default.md
    model = load(None)
    record = record_of(model)
    measured = read_measured(metrics_beside(model.path), record)
    written = model_card(record, read_card_text(text_beside(model.path)), measured)
    assert model.path.with_suffix(".md").read_text("utf-8") == written


def test_the_card_names_the_decision_inside_the_file_and_loses_no_limit():
    model = load(None)
    spec, card = model.spec, model.path.with_suffix(".md").read_text("utf-8")
    decision = spec.decision
    assert f"at least {decision.area} px (of a 1024 x 1024 film) over {decision.top:g}" in card
    assert f"outline over {decision.bottom:g}; parts under {decision.removal} px dropped" in card
    assert f"`{spec.name}` {spec.version}" in card
    for words in ("no expert's", "look-alikes", "minors", "Chest drains", "Other hospitals", "mirrored", "small"):
        assert words in card
    assert len(model.content) <= 40 * 2**20
