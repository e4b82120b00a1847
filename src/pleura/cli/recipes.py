"""`pleura recipes`: which recipes ship with pleura, and what one of them says."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from pleura.core.errors import RecipeError
from pleura.core.recipe import SHIPPED, load_system, shipped_names
from pleura.core.recipe.writing import to_toml

app = App(name="recipes")

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON instead of words.")]

MEASURED = SHIPPED / "measured.json"
"""What `benchmarks/recipes.py` measured, by name of the recipe: a line of words each."""


@app.default
def recipes(*, as_json: AsJson = False) -> None:
    """List the recipes inside this package: what they are, where they come from, how they are said and seen to do."""
    measured = _measured(MEASURED)
    rows = [_row(name, measured) for name in shipped_names()]
    if as_json:
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        print(f"{row['name']:{width}}  {row['summary']}")
        print(f"{'':{width}}  {row['source']}; reported: {row['reported']}; measured: {row['measured']}")


@app.command
def show(name: str, /, *, as_json: AsJson = False) -> None:
    """Print everything a recipe says, with what it extends and what it leaves at its default.

    Parameters
    ----------
    name
        The name of a shipped recipe, or the path of a TOML file or of a system's folder.
    """
    content = load_system(name).model_dump(mode="json", exclude_none=True)
    if len(content["parts"]) == 1:
        content = content["parts"][0]["recipe"]
    print(json.dumps(content, indent=2, ensure_ascii=False) if as_json else to_toml(content).rstrip())


def _row(name: str, measured: dict[str, str]) -> dict[str, str]:
    system = load_system(name)
    return {
        "name": system.name,
        "summary": system.summary,
        "source": system.source,
        "reported": system.reported or "-",
        "measured": measured.get(system.name, "-"),
    }


def _measured(path: Path) -> dict[str, str]:
    """Words by recipe; nothing where nothing was measured yet."""
    if not path.is_file():
        return {}
    content = json.loads(path.read_text("utf-8"))
    if not isinstance(content, dict) or not all(isinstance(words, str) for words in content.values()):
        raise RecipeError(path, "is no table of words by recipe", "Let benchmarks/recipes.py write it again.")
    return content
