"""The figures in the README and in the model card are those inside the model file."""

import re
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("page", ["README.md", "src/pleura/models/default.md"])
def test_a_page_quotes_the_model_files_own_figures(page):
    text = (ROOT / page).read_text("utf-8")
    table = text.split("<!-- figures:start -->")[1].split("<!-- figures:end -->")[0]
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \|$", table, re.MULTILINE)
    figures = load(None).spec.figures
    whole = next(value for key, value in figures.items() if "without" not in key)
    beside = next(value for key, value in figures.items() if "without" in key)
    assert {name for name, *_ in rows} == set(NAMES)
    for name, first, second in rows:
        assert float(first) == pytest.approx(whole[NAMES[name]], abs=5e-4)
        assert float(second) == pytest.approx(beside[NAMES[name]], abs=5e-4)


def test_the_card_names_the_decision_inside_the_file():
    spec, card = load(None).spec, (ROOT / "src/pleura/models/default.md").read_text("utf-8")
    decision = spec.decision
    assert f"at least {decision.area} px (of a 1024 x 1024 film) over {decision.top}" in card
    assert f"outline over {decision.bottom}; parts under {decision.removal} px dropped" in card
    assert f"`{spec.name}` {spec.version}" in card
    assert len(load(None).content) <= 40 * 2**20
