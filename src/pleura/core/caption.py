"""What an overlay says in words: the finding, its size and side, its warnings and whose result it is."""

from dataclasses import dataclass

from pleura.core.types import Finding, Hanging, Note, Side, View

RESEARCH_USE = "Research use. Not a medical device."
_MOST_WARNINGS = 3
_LEAST_SHOWN = 0.01
_NOT_RULED_OUT = 0.1
"""From this calibrated probability on, "none found" alone would mislead: the threshold is set for good outlines."""
_CLASSES = {"bts_2010": "BTS 2010", "bts_2023": "BTS 2023", "accp_2001": "ACCP 2001"}
_USUAL_MARKS, _TURNED_MARKS, _NO_MARKS = ("R", "L"), ("L", "R"), ("", "")


@dataclass(frozen=True)
class Caption:
    """The words around a film; no name and no number of a patient, a study or a file is among them.

    `likelihood` is the probability and `basis` the score it comes from, which decides; of a model without a
    calibration `likelihood` is that score and `basis` empty. `marks` stand over the picture's left and right side.
    """

    marks: tuple[str, str]
    above: str
    headline: str
    likelihood: str
    basis: str
    facts: tuple[str, ...]
    warnings: tuple[str, ...]
    model: str
    notice: str = RESEARCH_USE


def caption_of(finding: Finding) -> Caption:
    """Put a finding into words."""
    likelihood, basis = _likelihood(finding)
    sides = [side for side in Side if any(region.side is side for region in finding.regions)]
    marks = _marks(finding)
    return Caption(
        marks=marks,
        above=_above(finding.film.view, marks),
        headline=_headline(finding),
        likelihood=likelihood,
        basis=basis,
        facts=tuple(_size(finding, side) for side in sides),
        warnings=_warnings(finding.notes),
        model=f"{finding.model.name} {finding.model.version}",
    )


def _headline(finding: Finding) -> str:
    if finding.present:
        return "Pneumothorax found"
    doubtful = finding.calibrated and finding.probability >= _NOT_RULED_OUT
    return "No pneumothorax found, not ruled out" if doubtful else "No pneumothorax found"


def _marks(finding: Finding) -> tuple[str, str]:
    """Letters only where the sides are known; a reversed film's are changed over once its regions bear it out."""
    sides = {region.side for region in finding.regions}
    if Side.UNCERTAIN in sides or finding.film.hanging is Hanging.SIDEWAYS:
        return _NO_MARKS
    if finding.film.hanging is Hanging.REVERSED:
        return _TURNED_MARKS if sides else _NO_MARKS
    return _USUAL_MARKS


def _above(view: View, marks: tuple[str, str]) -> str:
    known = "" if view is View.UNKNOWN else f"{view.value} view · "
    told = {_USUAL_MARKS: "sides assumed from the picture's halves", _TURNED_MARKS: "hung the other way round"}
    return known + told.get(marks, "sides uncertain")


def _likelihood(finding: Finding) -> tuple[str, str]:
    """Score and threshold with two digits, or as many up to four as it takes to tell them apart."""
    score, threshold = finding.score, finding.threshold
    digits = next((d for d in (2, 3) if f"{score:.{d}f}" != f"{threshold:.{d}f}"), 4)
    digits = 2 if score == threshold else digits
    decided = f"Score {score:.{digits}f} (threshold {threshold:.{digits}f})"
    return (_probability(finding.probability), decided) if finding.calibrated else (decided, "")


def _probability(value: float) -> str:
    """Never rounded to a certainty."""
    if value < _LEAST_SHOWN:
        return f"Probability under {_LEAST_SHOWN}"
    return f"Probability over {1 - _LEAST_SHOWN}" if value > 1 - _LEAST_SHOWN else f"Probability {value:.2f}"


def _size(finding: Finding, side: Side) -> str:
    regions = [region for region in finding.regions if region.side is side]
    pixels = sum(region.area_px for region in regions)
    areas = [region.area_cm2 for region in regions if region.area_cm2 is not None]
    if len(areas) == len(regions):
        size = f"{sum(areas):.1f} cm² ({pixels:,} px)"
    else:
        size = f"{pixels:,} px ({100 * pixels / finding.mask.size:.1f} % of the film; no spacing known)"
    parts = f", in {len(regions)} parts" if len(regions) > 1 else ""
    place = "Side uncertain" if side is Side.UNCERTAIN else f"Patient's {side.value}"
    return f"{place}: {size}{parts}{_graded(finding, side)}"


def _graded(finding: Finding, side: Side) -> str:
    """The share of the hemithorax and the size classes that are valid on a side, each with its guideline."""
    valid = [each for each in finding.measures if each.side is side and each.validity == "valid"]
    shares = [f", {each.value:.0f} % of the hemithorax" for each in valid if each.name == "hemithorax_percent"]
    classes = [f", {each.value} by {_CLASSES[each.name]}" for each in valid if each.name in _CLASSES]
    return "".join((*shares, *classes))


def _warnings(notes: tuple[Note, ...]) -> tuple[str, ...]:
    shown = tuple(f"Warning: {note.text}" for note in notes[:_MOST_WARNINGS])
    more = len(notes) - len(shown)
    return (*shown, f"and {more} more, in the JSON") if more else shown
