"""The view and the body part: what the tags say, and a refusal where they say another than a frontal chest."""

from pleura.core.errors import Refusal, UnreadableImage
from pleura.core.types import Note, View
from pleura.image.tags import Tags

_CHEST_WORDS = ("CHEST", "THORA", "LUNG")
# PS3.16 CID 4010 (SNOMED CT, and the SNOMED RT codes of older files).
_VIEW_CODES = {
    "272479007": View.PA,
    "R-10214": View.PA,
    "399348003": View.AP,
    "R-10206": View.AP,
}
_SIDEWAYS_CODES = frozenset(
    {"399067008", "R-10228", "399173006", "R-10236", "399198007", "R-10232", "R-10230", "R-10234"}
)
# PS3.3 C.8.1.1 and C.8.11.5, View Position: lateral, decubitus and oblique projections.
_OTHER_POSITIONS = frozenset(
    {"LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "LAT", "LATERAL", "OBL", "OBLIQUE"}
)
_SIDEWAYS_AXES = ("A", "P")
_LIES = {
    "LF": "",
    "RF": "is mirrored, with the patient's right at its right",
    "RH": "stands on its head",
    "LH": "stands on its head and is mirrored",
}
"""How a film lies whose row and column run to these sides; empty for the usual way."""
_REMEDY = "Give a frontal (PA or AP) chest film."


def read_view(tags: Tags) -> tuple[View, tuple[Note, ...]]:
    """Tell PA from AP and check the body part.

    Raises:
        UnreadableImage: `view`, if a tag names another view or another part of the body.
    """
    notes = [*_body_part_notes(tags), *_orientation_notes(tags)]
    view = _view(tags)
    if view is View.UNKNOWN:
        notes.append(Note("view_unknown", "The file does not say whether the view is PA or AP."))
    return view, tuple(notes)


def _view(tags: Tags) -> View:
    words = tags.text("ViewPosition").replace("/", " ").split()
    if any(word in _OTHER_POSITIONS for word in words):
        raise _refusal(tags.path, "its view position is not frontal")
    for view in (View.PA, View.AP):
        if view in words:
            return view
    for item in tags.items("ViewCodeSequence"):
        code = item.text("CodeValue")
        if code in _SIDEWAYS_CODES:
            raise _refusal(tags.path, "its view code is a lateral one")
        if code in _VIEW_CODES:
            return _VIEW_CODES[code]
    return View.UNKNOWN


def _body_part_notes(tags: Tags) -> list[Note]:
    part = tags.text("BodyPartExamined")
    if not part:
        return [Note("body_part_unknown", "The file does not say which part of the body it shows.")]
    if not any(word in part for word in _CHEST_WORDS):
        raise _refusal(tags.path, "its body part is not the chest")
    return []


def _orientation_notes(tags: Tags) -> list[Note]:
    """PS3.3 C.7.6.1.1.1: where the row and the column point to; L and F on a film hung as usual."""
    axes = tags.texts("PatientOrientation")
    if len(axes) != 2 or not all(axes):
        return []
    if any(axis.startswith(_SIDEWAYS_AXES) for axis in axes):
        raise _refusal(tags.path, "its orientation is that of a lateral film")
    lies = _LIES.get(axes[0][0] + axes[1][0], "lies on its side")
    if not lies:
        return []
    text = f"The header says that the film {lies}. It is read as it is stored: outlines and sides may be wrong."
    return [Note("orientation", text)]


def _refusal(path: str, reason: str) -> UnreadableImage:
    return UnreadableImage(path, Refusal.VIEW, reason, _REMEDY)
