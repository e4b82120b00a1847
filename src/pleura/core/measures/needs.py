"""Conditions of measures: each answers with the reason why one cannot be given or what limits it, or is silent."""

from pleura.core.measures.half import Half
from pleura.core.measures.scene import Scene
from pleura.core.types import Posture, Side, View

ADULT = 18
_LEAST_COVERED = 0.75
"""Share of the outline that must lie in the hemithorax for the two to be outlines of one chest."""


def spacing_known(scene: Scene) -> str:
    """Lengths and areas need mm."""
    if scene.film.spacing is not None:
        return ""
    if any(note.code == "spacing_implausible" for note in scene.film.notes):
        return "the pixel spacing is implausible for a chest film"
    return "the pixel spacing is unknown"


def sides_certain(scene: Scene) -> str:
    """Sides can only be compared where they are known."""
    return "a side is uncertain" if any(region.side is Side.UNCERTAIN for region in scene.regions) else ""


def hemithorax_known(scene: Scene) -> str:
    """Distances and shares need the hemithorax, and an outline that lies in it."""
    if scene.side is Side.UNCERTAIN:
        return "the side is uncertain"
    if scene.half is None:
        return "the hemithorax is not outlined"
    if scene.half.covered < _LEAST_COVERED:
        return f"{1 - scene.half.covered:.0%} of the outline lies outside the hemithorax"
    return ""


def lung_left(scene: Scene) -> str:
    """Distances end at the lung."""
    return "" if half(scene).lung.any() else "no lung is left beside the outline"


def erect_pa(scene: Scene) -> str:
    """Distances, cut-offs and formulas were drawn up on erect PA films.

    A film that is PA counts as erect unless its header says otherwise: nobody is taken PA while lying on the back.
    """
    if scene.film.view is View.UNKNOWN:
        return "the view is unknown; it holds on erect PA films only"
    if scene.film.view is View.AP:
        return "the film is AP; it holds on erect PA films only"
    return "the patient is not erect" if scene.film.patient.posture is Posture.RECLINED else ""


def adult(scene: Scene) -> str:
    """Cut-offs and formulas were drawn up on adults."""
    age = scene.film.patient.age
    if age is None:
        return f"the age is unknown; it holds from {ADULT} years on"
    return f"the patient is under {ADULT}" if age < ADULT else ""


def seen_from_the_front(scene: Scene) -> str:
    """A limit of all that is read off the picture's plane alone."""
    film = scene.film
    if film.patient.posture is Posture.RECLINED:
        return "the patient is not erect: air may lie in front of the lung, where no edge shows it"
    if film.view is View.AP:
        return "AP film: the chest is magnified more, and air may lie in front of the lung of a patient who lies"
    return ""


def length_at_the_detector(scene: Scene) -> str:
    """A limit of lengths whose spacing is that of the detector."""
    spacing = scene.film.spacing
    if spacing is not None and spacing.origin == "ImagerPixelSpacing":
        return "lengths are those at the detector, some per cent too long"
    return ""


def half(scene: Scene) -> Half:
    """The hemithorax of a scene whose `hemithorax_known` is silent.

    Raises:
        ValueError: there is none.
    """
    if scene.half is None:
        raise ValueError("a measure of the hemithorax was asked of a side without one")
    return scene.half
