"""The card of the gate quotes the figures inside its file, and names its licence."""

from pleura.predict.gate import SHIPPED_GATE
from pleura.runtime.gatefile import read_gate
from pleura.train.gate.judge import table


def test_the_card_shows_the_figures_of_the_file_it_lies_beside():
    card = SHIPPED_GATE.with_suffix(".md").read_text("utf-8")
    spec = read_gate(SHIPPED_GATE).spec
    assert card.split("<!-- gate:start -->\n")[1].split("\n<!-- gate:end -->")[0] == table(spec.figures)
    assert f"({spec.points.frontal:.4f})" in card
    assert f"`{spec.name}` {spec.version}" in card


def test_the_card_hides_no_limit():
    card = SHIPPED_GATE.with_suffix(".md").read_text("utf-8")
    for words in (
        "one collection",
        "one extremity",
        "situs inversus",
        "Oblique",
        "refused more often",
        "need not be one whole film",
        "wide black borders",
        "gate.LICENCE.md",
    ):
        assert words in card
    assert "CC BY-NC-SA" in SHIPPED_GATE.with_suffix(".LICENCE.md").read_text("utf-8")
