"""Which side of the patient a place on the film is: the header, the lungs and the heart are heard, and may disagree.

The half of the picture tells the side only of a film that is hung as usual. The header says how it hangs, and is
sometimes wrong; the lungs and the heart show it, unless the patient's organs are laid out the other way round (situs
inversus, 1 in 10,000, or dextrocardia). A picture alone cannot tell such a patient from a mirrored film, so a cue of
the picture is never enough to call a film reversed.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pleura.core.measures.columns import centroid_column
from pleura.core.types import Hanging, Hemithoraces, Note, Side

_CLEAR = 2 / 3
"""The least share of what a region has in both hemithoraces that its side must hold."""
_OTHER = {Side.RIGHT: Side.LEFT, Side.LEFT: Side.RIGHT, Side.UNCERTAIN: Side.UNCERTAIN}


@dataclass(frozen=True, eq=False)
class SideCues:
    """All that tells the sides on one film; what is not known is left out.

    Attributes:
        hanging: which way the picture lies, by the header.
        laterality: the only side that was to be shown, by the header.
        hemithoraces: where they are; they are a cue to the sides only if they are `told` apart.
        heart_column: the column in which the larger part of the heart's shadow lies.
    """

    hanging: Hanging = Hanging.UNKNOWN
    laterality: Side | None = None
    hemithoraces: Hemithoraces | None = None
    heart_column: float | None = None


@dataclass(frozen=True)
class Layout:
    """How a film hangs once all cues are heard: USUAL, REVERSED or, where they disagree, UNKNOWN with the `doubt`."""

    hanging: Hanging
    doubt: str = ""


def read_layout(cues: SideCues, width: int) -> Layout:
    """Settle how a film `width` pixels wide hangs.

    With no cue it counts as hung as usual. It counts as reversed only where the header says so and the lungs or the
    heart bear it out.
    """
    if cues.hanging is Hanging.SIDEWAYS:
        return Layout(Hanging.UNKNOWN, "the header says that the picture lies on its side")
    seen = _seen(cues, width)
    told = {"the header": cues.hanging, **seen} if cues.hanging is not Hanging.UNKNOWN else seen
    against = [name for name, hanging in told.items() if hanging is Hanging.REVERSED]
    if not against:
        return Layout(Hanging.USUAL)
    if len(against) == len(told) and len(told) > 1 and cues.hanging is Hanging.REVERSED:
        return Layout(Hanging.REVERSED)
    others = [name for name in told if name not in against]
    doubt = f"{_listed(against)} {'speak' if len(against) > 1 else 'speaks'} against a film hung as usual"
    doubt += f", {_listed(others)} for it" if others else ", and nothing else settles it"
    if "the header" not in against:
        doubt += "; a mirrored film and situs inversus look alike"
    return Layout(Hanging.UNKNOWN, doubt)


def settled(cues: SideCues, width: int) -> SideCues:
    """The same cues; hemithoraces named by the picture's halves change over on a film that counts as reversed."""
    masks = cues.hemithoraces
    if masks is None or masks.told or read_layout(cues, width).hanging is not Hanging.REVERSED:
        return cues
    turned = Hemithoraces(masks.left, masks.right, masks.hilum_left, masks.hilum_right, told=False)
    return replace(cues, hemithoraces=turned)


def sides_of_regions(
    labels: NDArray[np.int32], corner: tuple[int, int], centroids: NDArray[np.float64], cues: SideCues, width: int
) -> tuple[list[Side], str]:
    """The side of every labelled region.

    By what it covers of the hemithoraces where they are given, else by the half of the picture that holds its
    centroid; the middle itself counts as the picture's right.

    Args:
        labels: (h, w) the part of the film that holds the regions, 0 outside them, else 1 to N.
        corner: row and column of that part on the film.
        centroids: (N + 1,) columns of the labels' centroids within the part.
        cues: what tells the sides, `settled`.
        width: of the film.

    Returns:
        N + 1 sides, that of the label 0 among them without meaning, and why one or more of them are uncertain, or an
        empty text.
    """
    layout = read_layout(cues, width)
    if layout.hanging is Hanging.UNKNOWN:
        return [Side.UNCERTAIN] * len(centroids), layout.doubt
    if cues.hemithoraces is not None:
        sides = _covered(labels, corner, len(centroids), cues.hemithoraces)
    else:
        usual = [side_of(corner[1] + float(column), width) for column in centroids]
        sides = usual if layout.hanging is Hanging.USUAL else [_OTHER[side] for side in usual]
    doubt = "an outline lies in both hemithoraces or in neither" if Side.UNCERTAIN in sides[1:] else ""
    if cues.laterality is not None and any(side is _OTHER[cues.laterality] for side in sides[1:]):
        doubt = f"the header says that only the {cues.laterality.value} side is shown"
        sides = [Side.UNCERTAIN if side is _OTHER[cues.laterality] else side for side in sides]
    return sides, doubt


def side_of(column: float, width: int) -> Side:
    """The patient's side at a column of a film `width` pixels wide, hung as usual; the middle itself is the left."""
    return Side.RIGHT if column < (width - 1) / 2 else Side.LEFT


def side_note(doubt: str) -> Note:
    """The warning that goes with an uncertain side."""
    return Note("side_uncertain", f"The side is uncertain: {doubt}.")


def _seen(cues: SideCues, width: int) -> dict[str, Hanging]:
    """How the film hangs by what it shows."""
    seen = {}
    middle = (width - 1) / 2
    if cues.hemithoraces is not None:
        right, left = (centroid_column(mask) for mask in (cues.hemithoraces.right, cues.hemithoraces.left))
        if right is not None and left is not None:
            if cues.hemithoraces.told:
                seen["the lungs"] = Hanging.USUAL if right < left else Hanging.REVERSED
            middle = (right + left) / 2
    if cues.heart_column is not None:
        seen["the heart"] = Hanging.USUAL if cues.heart_column >= middle else Hanging.REVERSED
    return seen


def _covered(
    labels: NDArray[np.int32], corner: tuple[int, int], count: int, hemithoraces: Hemithoraces
) -> list[Side]:
    top, left = corner
    part = (slice(top, top + labels.shape[0]), slice(left, left + labels.shape[1]))
    rights, lefts = (
        np.bincount(labels[mask[part]], minlength=count) for mask in (hemithoraces.right, hemithoraces.left)
    )
    return [_clearly(int(right), int(left)) for right, left in zip(rights, lefts, strict=True)]


def _clearly(right: int, left: int) -> Side:
    if max(right, left) == 0 or max(right, left) < _CLEAR * (right + left):
        return Side.UNCERTAIN
    return Side.RIGHT if right > left else Side.LEFT


def _listed(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
