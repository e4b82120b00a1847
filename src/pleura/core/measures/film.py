"""All that is measured on one film: its regions with their sides, and every measure, said or not."""

from dataclasses import dataclass

from pleura.core.measures.half import Half, half_of
from pleura.core.measures.regions import sided_regions
from pleura.core.measures.scene import Distance, MeasureRow, Scene, Unsaid
from pleura.core.measures.sides import SideCues, settled, side_note
from pleura.core.measures.table import MEASURES
from pleura.core.types import Hemithoraces, Mask, Measure, Note, Radiograph, Region, Side


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured: the regions, largest first, the measures in the order of the table, and the warnings."""

    regions: tuple[Region, ...]
    measures: tuple[Measure, ...]
    notes: tuple[Note, ...]


def measure_film(
    film: Radiograph, mask: Mask, hemithoraces: Hemithoraces | None = None, heart_column: float | None = None
) -> Measured:
    """Measure an outline.

    Measures of a side are given for each side that has a part of the outline, the right first, the uncertain last.

    Args:
        film: the film.
        mask: (H, W) bool, its outline at native size.
        hemithoraces: where they are on it, or None.
        heart_column: the column in which the larger part of the heart's shadow lies; None where only the film's
            `heart_at_left` may tell.

    Raises:
        ValueError: a mask has another size than the film.
    """
    for name, part in _masks(mask, hemithoraces).items():
        if part.shape != film.shape:
            raise ValueError(f"{name} {part.shape} must have the film's size {film.shape}")
    heart = 0.0 if heart_column is None and film.heart_at_left else heart_column
    cues = settled(SideCues(film.hanging, film.patient.laterality, hemithoraces, heart), film.shape[1])
    regions, doubt = sided_regions(mask, film.spacing, cues)
    whole = Scene(film, regions)
    measures = [_measure(name, row, whole) for name, row in MEASURES.items() if row.over == "film"]
    for side in Side:
        parts = tuple(region for region in regions if region.side is side)
        if parts:
            scene = Scene(film, parts, side, _half(film, parts, mask, cues.hemithoraces))
            measures += [_measure(name, row, scene) for name, row in MEASURES.items() if row.over == "side"]
    return Measured(regions, tuple(measures), (side_note(doubt),) if doubt and regions else ())


def _measure(name: str, row: MeasureRow, scene: Scene) -> Measure:
    """One measure of a film or a side: its value, or the first reason against it."""
    reason = next((found for need in row.needs if (found := need(scene))), "")
    value = Unsaid(reason) if reason else row.value(scene)
    if isinstance(value, Unsaid):
        return Measure(name, None, row.unit, "not_assessed", value.reason, row.source, scene.side)
    ends = value.ends if isinstance(value, Distance) else None
    said = value.cm if isinstance(value, Distance) else value
    limits = "; ".join(found for limit in row.limits if (found := limit(scene)))
    return Measure(name, said, row.unit, "valid", limits, row.source, scene.side, ends)


def _half(film: Radiograph, parts: tuple[Region, ...], mask: Mask, hemithoraces: Hemithoraces | None) -> Half | None:
    side = parts[0].side
    if hemithoraces is None or side is Side.UNCERTAIN:
        return None
    return half_of(mask, hemithoraces, side, film.spacing, sum(region.area_px for region in parts))


def _masks(mask: Mask, hemithoraces: Hemithoraces | None) -> dict[str, Mask]:
    given = {"the outline": mask}
    if hemithoraces is not None:
        given |= {"the right hemithorax": hemithoraces.right, "the left hemithorax": hemithoraces.left}
    return given
