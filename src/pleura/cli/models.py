"""`pleura models`: which models ship with pleura, and what a model file says about itself."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pleura.cli.model_display import show_record
from pleura.core.errors import PleuraError
from pleura.evidence.card import (
    CardText,
    metrics_beside,
    model_card,
    read_card_text,
    read_measured,
    record_of,
    text_beside,
)
from pleura.predict.loading import load, shipped_models
from pleura.predict.lungs import SHIPPED_LUNGS
from pleura.runtime import Model

app = App(name="models")

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of words.")]


@app.default
def models(*, as_json: AsJson = False) -> None:
    """List the models inside this package."""
    rows = []
    for path in (*shipped_models(), *(beside for beside in (SHIPPED_LUNGS,) if beside.is_file())):
        model = load(path)
        finds = model.spec.finds if isinstance(model, Model) else "pneumothorax"
        identity = {"name": model.spec.name, "version": model.spec.version, "sha256": model.sha256, "finds": finds}
        rows.append({"file": str(path), **identity})
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        role = "" if row["finds"] == "pneumothorax" else f"  (finds the {row['finds']})"
        print(f"{row['name']} {row['version']}  {row['file']}{role}")
    if not rows:
        print("No model ships with this installation.")


@app.command
def show(
    file: Annotated[Path | None, Parameter(help="A model file, or a blend of several (TOML).")] = None,
    /,
    *,
    as_json: AsJson = False,
    card: Annotated[bool, Parameter(negative="")] = False,
    metrics: Path | None = None,
    text: Path | None = None,
) -> None:
    """Print what a model file or blend says about itself; the shipped model where no FILE is named.

    Parameters
    ----------
    card
        Print the model's card instead, as Markdown with a block of metadata for the Hugging Face hub.
    metrics
        Of the card: the metrics.json of an evaluation of this very model, for intervals and strata. NAME.metrics.json
        beside NAME.onnx, where there is one, if not given.
    text
        Of the card: its hand-written part (TOML). NAME.card.toml beside NAME.onnx, where there is one, if not given.
    """
    model = load(file)
    record = record_of(model)
    if card:
        if as_json:
            raise PleuraError("usage", "--card is Markdown and --json is not", "Leave one of them out.")
        source = _given_or_beside(text, text_beside(model.path))
        judged = _given_or_beside(metrics, metrics_beside(model.path))
        words = CardText() if source is None else read_card_text(source)
        print(model_card(record, words, None if judged is None else read_measured(judged, record)), end="")
    elif metrics is not None or text is not None:
        raise PleuraError("usage", "--metrics and --text belong to a card", "Add --card.")
    elif as_json:
        content = {"file": str(model.path), "sha256": model.sha256, **model.spec.model_dump(mode="json")}
        print(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        show_record(record, model.path)


def _given_or_beside(given: Path | None, beside: Path) -> Path | None:
    return given or (beside if beside.is_file() else None)
