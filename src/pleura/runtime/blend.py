"""A blend: several models that read a film together, under one decision of their own.

```toml
format = 1
name = "two-sides"
version = "1.0"

[decision]
rule = "triplet"
bottom = 0.3
top = 0.5
area = 600

[[members]]
file = "at-256.onnx"        # relative to the blend
sha256 = "..."
role = "segment"            # or "classify", "lungs" or "rule-out"
weight = 1.0
```

A cascade has members of the role `rule-out` too, each with when it holds (`pleura.core.rule_out`):

```toml
[[members]]
file = "small.onnx"
sha256 = "..."
role = "rule-out"
rule_out = { by = "decision", below = 0.02, slope = 1.1, intercept = -2.0 }
```
"""

import hashlib
import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from pleura.core.calibration import Calibration, CalibrationRecord
from pleura.core.errors import ModelFileError
from pleura.core.files import write_text
from pleura.core.rule_out import RuleOut
from pleura.core.spec import NAME, DecisionSpec, Head, TuningRecord
from pleura.core.strict import Strict
from pleura.runtime.modelfile import Model, read_model

_REMEDY = "Write a blend as pleura.runtime.blend shows."

Role = Literal["segment", "classify", "rule-out", "lungs"]
_OWN: frozenset[Role] = frozenset(("rule-out", "lungs"))
"""Roles of models that look at films under their own decision."""
TomlValue = str | int | float | tuple[float, ...] | Mapping[str, Any]


class Member(Strict):
    """One model of a blend; `weight` counts relative to those of the others of its role.

    Members of the role `segment` give the mask, and the signed distance where they have that head. Those of the role
    `classify` give the label; without any, those that segment give it where they have that head. One of the role
    `lungs` has lungs for its mask, and shows where they are to members with a lung crop. Those of the role `rule-out`
    see a film first, in their order and each under its own decision; where one says no as `rule_out` has it, nobody
    else looks.
    """

    file: str
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    role: Role
    weight: Annotated[float, Field(gt=0.0)] = 1.0
    rule_out: RuleOut | None = None

    @model_validator(mode="after")
    def _says_when_it_rules_out(self) -> "Member":
        if (self.role == "rule-out") != (self.rule_out is not None):
            raise ValueError("the role rule-out and rule_out, which says when, must stand together")
        return self


class BlendSpec(Strict):
    """What stands in a blend file.

    Decision and calibration are the blend's own: those of its members are not used, but for the decisions of the
    lungs and of those that rule out. `rule_out_tuning`: the films on which `rule_out` was fitted.
    """

    format: Literal[1] = 1
    name: Annotated[str, Field(pattern=NAME)]
    version: str
    decision: DecisionSpec
    members: Annotated[tuple[Member, ...], Field(min_length=2)]
    tuning: TuningRecord | None = None
    calibration: Calibration | None = None
    calibration_record: CalibrationRecord | None = None
    rule_out_tuning: TuningRecord | None = None
    figures: dict[str, dict[str, float]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_who_it_needs(self) -> "BlendSpec":
        roles = [member.role for member in self.members]
        if "segment" not in roles:
            raise ValueError("no member has the role segment")
        if roles.count("lungs") > 1:
            raise ValueError("more than one member has the role lungs")
        return self


@dataclass(frozen=True)
class Blend:
    """A blend with its models, in the order of `spec.members`; `sha256` is of the blend file."""

    path: Path
    sha256: str
    spec: BlendSpec
    models: tuple[Model, ...]

    def cast(self, role: Role) -> tuple[tuple[Model, float], ...]:
        """The models of a role, each with its share among them, in (0, 1]."""
        found = [
            (model, member.weight)
            for model, member in zip(self.models, self.spec.members, strict=True)
            if member.role == role
        ]
        total = sum(weight for _, weight in found)
        return tuple((model, weight / total) for model, weight in found)

    @property
    def first(self) -> tuple[tuple[Model, RuleOut], ...]:
        """The models that may rule a film out, in the order in which they see it."""
        both = zip(self.models, self.spec.members, strict=True)
        return tuple((model, member.rule_out) for model, member in both if member.rule_out is not None)

    @property
    def heads(self) -> tuple[Head, ...]:
        """What the blend gives beside its mask."""
        given = {head for model, _ in self.cast("segment") for head in model.spec.heads}
        label: tuple[Head, ...] = ("label",) if "label" in given or self.cast("classify") else ()
        return (*label, "distance") if "distance" in given else label


def parts_of(model: Model | Blend) -> tuple[tuple[Model, DecisionSpec], ...]:
    """The networks behind a model or a blend, each with the decision that says how often it looks at a film."""
    if isinstance(model, Model):
        return ((model, model.spec.decision),)
    both = zip(model.models, model.spec.members, strict=True)
    return tuple((one, one.spec.decision if of.role in _OWN else model.spec.decision) for one, of in both)


def read_blend(path: Path) -> Blend:
    """Read a blend and every model it names.

    Raises:
        ModelFileError: no valid blend, a member that cannot be read, one that is not the file it was, one that
            cannot play its role, or a decision that needs what no member gives.
    """
    try:
        content = path.read_bytes()
        spec = BlendSpec.model_validate(tomllib.loads(content.decode("utf-8")))
    except OSError as error:
        raise ModelFileError(path, f"cannot be read: {error.strerror}", "Check the path.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelFileError(path, f"is no valid blend: {where}: {first['msg']}", _REMEDY) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelFileError(path, f"is no valid TOML: {error}", _REMEDY) from error
    models = tuple(_read_member(member, path) for member in spec.members)
    blend = Blend(path, hashlib.sha256(content).hexdigest(), spec, models)
    _check_cast(blend)
    return blend


def write_blend(blend: Blend, spec: BlendSpec, path: Path) -> Blend:
    """Write a blend's models under a new spec; files of members are named relative to `path`.

    Raises:
        ModelFileError: as `read_blend`; where the models cannot play their roles nothing is written.
    """
    _check_cast(Blend(path, "", spec, blend.models))
    members = tuple(
        member.model_copy(update={"file": Path(os.path.relpath(model.path, path.parent)).as_posix()})
        for member, model in zip(spec.members, blend.models, strict=True)
    )
    write_text(path, _to_toml(spec.model_copy(update={"members": members})))
    return read_blend(path)


def _read_member(member: Member, blend: Path) -> Model:
    model = read_model(blend.parent / member.file)
    if model.sha256 != member.sha256:
        raise ModelFileError(
            blend,
            f"names {member.file} with sha256 {member.sha256}, but it is {model.sha256}",
            "Name the right file.",
        )
    return model


def _check_cast(blend: Blend) -> None:
    """Refuse members that cannot play their roles, or that cannot feed the blend's decision."""
    lungs = [model for model, _ in blend.cast("lungs")]
    for model in blend.models:
        if model.spec.input.lung_crop is not None and (not lungs or model in lungs):
            reason = f"{model.path.name} sees a film cropped to the lungs, and no member shows where they are"
            raise ModelFileError(blend.path, reason, "Add a lung model with the role lungs and no lung crop.")
    for model, _ in (*blend.cast("segment"), *blend.cast("classify"), *blend.first):
        if model.spec.finds != "pneumothorax":
            reason = f"{model.path.name} outlines the {model.spec.finds}"
            raise ModelFileError(blend.path, reason, "Give it the role lungs.")
    for model, _ in blend.cast("classify"):
        if "label" not in model.spec.heads:
            reason = f"{model.path.name} has the role classify and no label head"
            raise ModelFileError(blend.path, reason, "Give it the role segment, or train it with network.label.")
    for model, rule in blend.first:
        if model.spec.input.lung_crop is not None:
            reason = f"{model.path.name} has the role rule-out and sees films cropped to the lungs"
            raise ModelFileError(blend.path, reason, "Take a model that sees the whole film: it is to be cheap.")
        if rule.by == "label" and "label" not in model.spec.heads:
            reason = f"{model.path.name} is to rule out by its label and has no label head"
            raise ModelFileError(blend.path, reason, 'Write by = "decision", or train it with network.label.')
    needed = blend.spec.decision.needs
    if needed not in (None, *blend.heads):
        reason = f"the rule {blend.spec.decision.rule} needs the head {needed!r}, which no member gives"
        raise ModelFileError(blend.path, reason, "Add a member that gives it, or choose another rule.")


def _to_toml(spec: BlendSpec) -> str:
    content = spec.model_dump(exclude_none=True)
    lines = [_line(key, content[key]) for key in ("format", "name", "version")]
    for name in ("decision", "tuning", "calibration", "calibration_record", "rule_out_tuning", "figures"):
        lines += _table(name, content.get(name, {}))
    for member in content["members"]:
        lines += ["", "[[members]]", *(_line(key, value) for key, value in member.items())]
    return "\n".join(lines) + "\n"


def _table(name: str, content: Mapping[str, Any]) -> list[str]:
    """A table, and after its own values those that stand in it."""
    inner = {key: value for key, value in content.items() if isinstance(value, dict)}
    lines = [_line(key, value) for key, value in content.items() if key not in inner]
    lines = ["", f"[{name}]", *lines] if lines else []
    for key, value in inner.items():
        lines += _table(f"{name}.{json.dumps(key, ensure_ascii=False)}", value)
    return lines


def _line(key: str, value: TomlValue) -> str:
    """One TOML line; JSON writes text, numbers and lists as TOML does, as long as it leaves letters as they are."""
    if isinstance(value, Mapping):
        return f"{json.dumps(key)} = {{ {', '.join(_line(*pair) for pair in value.items())} }}"
    return f"{json.dumps(key)} = {json.dumps(value, ensure_ascii=False)}"
