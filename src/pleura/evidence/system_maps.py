"""What a trained system says of films that its networks did not learn from, put together as its blend does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from pleura.core.errors import DatasetError, ModelFileError
from pleura.core.postprocess import average, lay_over, mean_label
from pleura.core.recipe import Part, System
from pleura.core.spec import InputSpec
from pleura.core.types import Maps
from pleura.data import Dataset
from pleura.evidence.out_of_fold import OutOfFold, read_out_of_fold
from pleura.runtime import Blend, Model

SYSTEM = "system.json"
HELD_OUT = "oof"
"""Below a part's folder of a run: its folds joined, as `pleura.evidence.out_of_fold` keeps them."""


@dataclass(frozen=True, eq=False)
class SystemMaps:
    """N films, each as the networks say whose fold left it out, part by part.

    Attributes:
        run: the folder of the trained system.
        system: what was trained.
        parts: the out-of-fold maps of each of its parts, of the same films in the same order.
        spec: the grid of `film`: the largest side of the parts that outline, over the whole film.
    """

    run: Path
    system: System
    parts: tuple[OutOfFold, ...]
    spec: InputSpec

    @property
    def films(self) -> NDArray[np.int64]:
        """(N,) positions in the data set, ascending."""
        return self.parts[0].films

    def film(self, place: int) -> Maps:
        """What is said of one film, by its place among `films`; parts are weighed as the members of a blend are."""
        told = [(part, found.film(place), found.record.input) for part, found in self._both()]
        laid = [(part, lay_over(maps, self.spec.side, spec)) for part, maps, spec in told if part.role == "segment"]
        whole = average([maps for _, maps in laid], [part.weight for part, _ in laid])
        labels = [(maps.label, part.weight) for part, maps, _ in told if part.role == "classify"]
        if not labels:
            return whole
        return replace(whole, label=mean_label([label for label, _ in labels], [weight for _, weight in labels]))

    def warnings(self, model: Model | Blend) -> list[str]:
        """Why these maps are not quite those of a model, on films that it did not see.

        Raises:
            ModelFileError: the model holds networks of another system.
        """
        _check_networks(self.system, model)
        decision = model.spec.decision
        found = ["each film was read by the networks of one fold, and the model averages those of all folds"]
        made = {each.record.tta for each in self.parts}
        if made != {decision.tta}:
            found.append(f"the maps were made with tta {', '.join(sorted(made))}, the model's is {decision.tta}")
        if decision.scales != (1.0,):
            found.append(f"the maps were made at one scale, the model reads at {decision.scales}")
        return [f"out of fold, {each}: its probabilities may lie otherwise" for each in found]

    def check(self, dataset: Dataset) -> None:
        """Whether the maps are of these films.

        Raises:
            DatasetError: they are of another data set, or it was prepared anew.
        """
        if any(each.record.data_sha256 != dataset.record.sha256 for each in self.parts):
            reason = (
                f"holds maps of films of {self.parts[0].record.data_name}, which is another data set or was changed"
            )
            raise DatasetError(self.run, reason, "Give --data the set that it was trained on.")

    def _both(self) -> list[tuple[Part, OutOfFold]]:
        return list(zip(self.system.parts, self.parts, strict=True))


def read_system_maps(run: Path) -> SystemMaps:
    """Read what every part of a trained system says out of fold; arrays stay on disk.

    Raises:
        DatasetError: no system's run, a part without folds or with one that is not trained yet, parts of other films.
    """
    path = run / SYSTEM
    try:
        system = System.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = f"is no run of a system: {SYSTEM} cannot be read ({error.strerror})"
        raise DatasetError(run, reason, "Name the folder that `pleura train` filled.") from error
    except ValidationError as error:
        raise DatasetError(path, f"is not valid: {error.errors()[0]['msg']}", "Train it again.") from error
    bare = [part.name for part in system.parts if part.recipe.folds == 1]
    if bare:
        reason = f"the part {bare[0]} has no folds, so that no film was left out of its training"
        raise DatasetError(run, reason, "Tune on films that it did not see, or train it with folds.")
    parts = tuple(read_out_of_fold(run / part.name / HELD_OUT) for part in system.parts)
    _check_films(run, parts)
    grids = [found.record.input for part, found in zip(system.parts, parts, strict=True) if part.role == "segment"]
    return SystemMaps(run, system, parts, max(grids, key=lambda grid: grid.side).cropped(None))


def _check_films(run: Path, parts: Sequence[OutOfFold]) -> None:
    first = parts[0].record
    for other in (found.record for found in parts[1:]):
        if (other.data_sha256, other.films) != (first.data_sha256, first.films):
            raise DatasetError(run, "its parts were trained on other films", "Train all of them on one data set.")


def _check_networks(system: System, model: Model | Blend) -> None:
    """A decision fitted on the maps of one system says nothing of another's models."""
    models = [single for single, role in _networks(model) if role != "lungs"]
    having = {single.spec.training.recipe.get("name") for single in models if single.spec.training is not None}
    known = {part.recipe.name for part in system.parts}
    if having != known:
        reason = f"holds networks of {_listed(having)}, and the run trained {_listed(known)}"
        raise ModelFileError(model.path, reason, "Name the blend that `pleura export` made of that run.")


def _networks(model: Model | Blend) -> list[tuple[Model, str]]:
    if not isinstance(model, Blend):
        return [(model, "segment")]
    return [(single, member.role) for single, member in zip(model.models, model.spec.members, strict=True)]


def _listed(names: set[str | None] | set[str]) -> str:
    return ", ".join(sorted(name or "?" for name in names)) or "no recipe"
