"""A system: one or several training runs, and the decision that their models take together.

```toml
name = "two-nets"
summary = "..."
source = "..."
reported = "..."

[decision]              # of the blend; those of the parts' recipes judge each part while it trains
rule = "triplet"
top = 0.7
area = 600
bottom = 0.3

[tuning]
objective = "siim_dice"

[[parts]]
name = "resnet34"       # its folder in a run
recipe = "resnet34.toml"
role = "segment"
weight = 0.6
```
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pleura.core.recipe.ranges import Positive
from pleura.core.recipe.reading import parse, parse_recipe
from pleura.core.recipe.recipe import Recipe, Tuning
from pleura.core.recipe.tables import SYSTEM, find, read_tables
from pleura.core.spec import NAME, DecisionSpec
from pleura.core.strict import Strict

Role = Literal["segment", "classify"]


class Part(Strict):
    """One training run of a system: `classify` says whether a pneumothorax is there, `segment` outlines it.

    `weight` counts relative to the parts of the same role.
    """

    name: Annotated[str, Field(pattern=NAME)]
    recipe: Recipe
    role: Role = "segment"
    weight: Positive = 1.0

    @model_validator(mode="after")
    def _classifies_by_a_label(self) -> "Part":
        if self.role == "classify" and not self.recipe.network.label:
            raise ValueError(f"part {self.name!r} classifies and so needs network.label")
        return self


class _Described(Strict):
    """What is said of a system beside its parts."""

    name: Annotated[str, Field(pattern=NAME)]
    summary: str
    source: str
    reported: str = ""
    decision: DecisionSpec
    tuning: Tuning


class System(_Described):
    """Training runs whose models read a film together."""

    parts: Annotated[tuple[Part, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _parts_can_decide(self) -> "System":
        names = [part.name for part in self.parts]
        if len(set(names)) < len(names):
            raise ValueError("two parts have one name")
        segmenting = [part.recipe.network for part in self.parts if part.role == "segment"]
        if not segmenting:
            raise ValueError("no part has the role 'segment'")
        if self.decision.rule == "distance" and not all(network.distance for network in segmenting):
            raise ValueError("decision.rule = 'distance' needs network.distance in every part that segments")
        if self.decision.rule == "label_gated" and not any(part.recipe.network.label for part in self.parts):
            raise ValueError("decision.rule = 'label_gated' needs network.label in a part")
        return self

    @property
    def single(self) -> bool:
        """Whether one network is all of it: its run stands in the run's folder itself."""
        return len(self.parts) == 1 and self.parts[0].recipe.folds == 1

    @classmethod
    def of(cls, recipe: Recipe) -> "System":
        """The system of one part that a recipe is by itself."""
        return cls(
            name=recipe.name,
            summary=recipe.summary,
            source=recipe.source,
            reported=recipe.reported,
            decision=recipe.decision,
            tuning=recipe.tuning,
            parts=(Part(name=recipe.name, recipe=recipe),),
        )


class _PartFile(Strict):
    """A part as it stands in `system.toml`."""

    name: Annotated[str, Field(pattern=NAME)]
    recipe: str
    role: Role = "segment"
    weight: Positive = 1.0


class _SystemFile(_Described):
    """What stands in `system.toml`."""

    parts: Annotated[tuple[_PartFile, ...], Field(min_length=1)]


def load_system(name_or_path: str) -> System:
    """Read a system by the name of a shipped recipe or by its path: a TOML file, or a folder with `system.toml`.

    Raises:
        RecipeError: as `load_recipe`, for the system or one of its parts; or parts that cannot decide so.
    """
    path = find(name_or_path)
    content = read_tables(path)
    if path.name != SYSTEM:
        return System.of(parse_recipe(content, path))
    written = parse(_SystemFile, content, path)
    parts = []
    for part in written.parts:
        place = path.parent / part.recipe
        parts.append({**part.model_dump(), "recipe": parse_recipe(read_tables(place), place)})
    return parse(System, {**written.model_dump(), "parts": parts}, path)
