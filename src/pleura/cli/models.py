"""`pleura models`: which models ship with pleura, and what a model file says about itself."""

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from pleura.predict.loading import load, shipped_models

app = App(name="models")

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of words.")]


@app.default
def models(*, as_json: AsJson = False) -> None:
    """List the models inside this package."""
    rows = []
    for path in shipped_models():
        model = load(path)
        identity = {"name": model.spec.name, "version": model.spec.version, "sha256": model.sha256}
        rows.append({"file": str(path), **identity})
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['name']} {row['version']}  {row['file']}")
    if not rows:
        print("No model ships with this installation.")


@app.command
def show(
    file: Annotated[Path | None, Parameter(help="A model file, or a blend of several (TOML).")] = None,
    /,
    *,
    as_json: AsJson = False,
) -> None:
    """Print what a model file or blend says about itself; the shipped model where no FILE is named."""
    model = load(file)
    content = {"file": str(model.path), "sha256": model.sha256, **model.spec.model_dump(mode="json")}
    print(json.dumps(content, indent=2, ensure_ascii=False) if as_json else "\n".join(_lines(content)))


def _lines(content: dict[str, Any], indent: str = "") -> list[str]:
    """One line a value, deeper tables indented."""
    lines = []
    for key, value in content.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            for item in value:
                lines += [f"{indent}{key}:", *_lines(item, indent + "  ")]
        else:
            lines.append(f"{indent}{key}: {_text(value)}")
    return lines


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
