"""Splits in which no group of films stands on both sides, stratified by presence and size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pleura.core.errors import DatasetError
from pleura.data.case import Split

_SIZES = (1 / 3, 2 / 3)
_SHOWN = 20


@dataclass(frozen=True)
class SplitPlan:
    """How a data set is to be split.

    Attributes:
        val: share of the films to validate on, in [0, 1).
        test: share of the films to test on, in [0, 1).
        val_ids: exactly these films validate and all others train; `val` and `test` are then unused.
        all_as: every film goes to this split; the rest is then unused.
        seed: of the draw.
        drop_straddling: leave out training films whose group also stands in `val_ids`.
    """

    val: float = 0.15
    test: float = 0.0
    val_ids: frozenset[str] | None = None
    all_as: Split | None = None
    seed: int = 42
    drop_straddling: bool = False

    def __post_init__(self) -> None:
        if not (0 <= self.val < 1 and 0 <= self.test < 1 and self.val + self.test < 1):
            reason = f"val {self.val} and test {self.test} leave nothing to train on"
            raise DatasetError("split", reason, "Give shares that sum to less than 1.")
        if self.val_ids is not None and self.all_as is not None:
            raise DatasetError("split", "both given films and one split for all", "Choose one of them.")


def split_films(
    ids: Sequence[str], groups: NDArray[np.int64], areas: NDArray[np.float64], plan: SplitPlan
) -> list[Split | None]:
    """Split films; None marks a film that `drop_straddling` leaves out.

    Args:
        ids: of the films, N of them.
        groups: (N,) any number, equal within a group.
        areas: (N,) share of the film that the truth covers; 0 where there is nothing.
        plan: how.

    Raises:
        DatasetError: a given film is not there, or a group would stand on both sides.
    """
    if plan.all_as is not None:
        return [plan.all_as] * len(ids)
    if plan.val_ids is not None:
        return _split_as_given(ids, groups, plan.val_ids, drop=plan.drop_straddling)
    return _split_at_random(groups, size_strata(areas), plan)


def size_strata(areas: NDArray[np.float64]) -> NDArray[np.int64]:
    """0 for a film without a pneumothorax, then 1 to 3 by thirds of the areas of the others, (N,)."""
    present = areas > 0
    strata = present.astype(np.int64)
    if present.any():
        strata[present] += np.digitize(areas[present], np.quantile(areas[present], _SIZES))
    return strata


def _split_as_given(
    ids: Sequence[str], groups: NDArray[np.int64], val_ids: frozenset[str], *, drop: bool
) -> list[Split | None]:
    missing = sorted(val_ids - set(ids))
    if missing:
        reason = f"{len(missing)} given films are not in the data, first {missing[0]}"
        raise DatasetError("split", reason, "Take them off the list of validation films.")
    held = {group for name, group in zip(ids, groups, strict=True) if name in val_ids}
    straddling = [name for name, group in zip(ids, groups, strict=True) if group in held and name not in val_ids]
    if straddling and not drop:
        shown = ", ".join(straddling[:_SHOWN]) + (", ..." if len(straddling) > _SHOWN else "")
        reason = f"{len(straddling)} training films belong to a validation film's patient or group: {shown}"
        raise DatasetError("split", reason, "Leave them out with --drop-straddling, or change the list.")
    out = frozenset(straddling)
    return [None if name in out else "val" if name in val_ids else "train" for name in ids]


def _split_at_random(groups: NDArray[np.int64], strata: NDArray[np.int64], plan: SplitPlan) -> list[Split | None]:
    """Fill validation and test stratum by stratum with whole groups, in random order, never beyond their share."""
    names, first, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    highest = np.zeros(names.size, dtype=np.int64)
    np.maximum.at(highest, first, strata)
    chosen: list[Split | None] = ["train"] * names.size
    generator = np.random.default_rng(plan.seed)
    for stratum in range(int(strata.max(initial=0)) + 1):
        members = generator.permutation(np.flatnonzero(highest == stratum))
        films = int(sizes[members].sum())
        room: dict[Split, int] = {"val": round(plan.val * films), "test": round(plan.test * films)}
        for member in members:
            for split in room:
                if sizes[member] <= room[split]:
                    room[split] -= int(sizes[member])
                    chosen[member] = split
                    break
    return [chosen[index] for index in first]
