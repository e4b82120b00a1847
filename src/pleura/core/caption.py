"""What an overlay says in words: the finding, its size and side, its warnings and whose result it is."""

from dataclasses import dataclass

from pleura.core.types import Finding, Note, Side, View

RESEARCH_USE = "Research use. Not a medical device."
_MOST_WARNINGS = 3
_LEAST_SHOWN = 0.01


@dataclass(frozen=True)
class Caption:
    """The words around a film; no name and no number of a patient, a study or a file is among them.

    `likelihood` is the probability and `basis` the score it comes from, which decides; of a model without a
    calibration `likelihood` is that score and `basis` empty.
    """

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
    return Caption(
        above=_above(finding.film.view),
        headline="Pneumothorax found" if finding.present else "No pneumothorax found",
        likelihood=likelihood,
        basis=basis,
        facts=tuple(_size(finding, side) for side in sides),
        warnings=_warnings(finding.notes),
        model=f"{finding.model.name} {finding.model.version}",
    )


def _above(view: View) -> str:
    known = "" if view is View.UNKNOWN else f"{view.value} view · "
    return f"{known}sides assumed from the picture's halves"


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
    return f"Patient's {side.value}: {size}{parts}"


def _warnings(notes: tuple[Note, ...]) -> tuple[str, ...]:
    shown = tuple(f"Warning: {note.text}" for note in notes[:_MOST_WARNINGS])
    more = len(notes) - len(shown)
    return (*shown, f"and {more} more, in the JSON") if more else shown
