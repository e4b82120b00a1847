"""The plain things that pass between the floors: a film on its way in, a finding on its way out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]
Mask = NDArray[np.bool_]
Ends = tuple[tuple[float, float], tuple[float, float]]
"""Two (row, column) points of a film in native pixels; (0, 0) is the centre of the first pixel."""


class View(StrEnum):
    """Direction of the beam; only frontal views are read."""

    PA = "PA"
    AP = "AP"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """The patient's side; on a film hung as usual the patient's right is the picture's left.

    UNCERTAIN is the side of a finding where the cues to it disagree; it is never a third place.
    """

    RIGHT = "right"
    LEFT = "left"
    UNCERTAIN = "uncertain"


class Posture(StrEnum):
    """How the patient was held; ERECT is standing or sitting, RECLINED lying, half sitting or tilted."""

    ERECT = "erect"
    RECLINED = "reclined"
    UNKNOWN = "unknown"


class Hanging(StrEnum):
    """Which way the picture lies: USUAL has the patient's right at its left, REVERSED at its right.

    SIDEWAYS has a side of the patient at its top. A reversed picture is no statement on the patient's organs.
    """

    USUAL = "usual"
    REVERSED = "reversed"
    SIDEWAYS = "sideways"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PatientFacts:
    """What measures need to know of a patient; nothing here says who it is.

    Attributes:
        age: years, or None.
        posture: how the patient was held.
        laterality: the only side that was to be shown, or None where both were or the file does not say.
    """

    age: float | None = None
    posture: Posture = Posture.UNKNOWN
    laterality: Side | None = None


@dataclass(frozen=True)
class Note:
    """A warning that rides along with a film and its finding; `code` is stable across versions."""

    code: str
    text: str


@dataclass(frozen=True)
class Spacing:
    """Distance between pixel centres in mm: down a column (`row_mm`) and along a row (`column_mm`)."""

    row_mm: float
    column_mm: float
    origin: str


@dataclass(frozen=True)
class Voi:
    """The display curve that the file's header asks for, on pixels already in [0, 1] with 1 = dense.

    `linear` maps `low` to 0 and `high` to 1 and clips; `sigmoid` is 1 / (1 + exp(-4 (x - low) / (high - low)))
    with `low` the centre and `high - low` the width (PS3.3 C.11.2.1.3); `table` interpolates `table`, whose
    first entry stands at `low` and last at `high` (PS3.3 C.11.2.1.1).
    """

    kind: Literal["linear", "sigmoid", "table"]
    low: float
    high: float
    table: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Source:
    """Where a film came from. `name` is the file's name without its folder; `sha256` is of the whole file."""

    path: str
    name: str
    sha256: str
    format: str


@dataclass(frozen=True, eq=False)
class Maps:
    """What a model says of one film, on its own grid.

    Attributes:
        mask: (side, side) probabilities in [0, 1].
        label: probability that a pneumothorax is there, from an image-level head, or None.
        distance: (side, side) signed distance in [-1, 1], negative inside, or None.
    """

    mask: Pixels = field(repr=False)
    label: float | None = None
    distance: Pixels | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One frontal chest film.

    Attributes:
        pixels: (H, W) float32 in [0, 1], 1 = dense tissue, scaled by the range the file declares.
        source: the file it came from.
        bits: stored bits a pixel.
        spacing: mm between pixels, or None where unknown or implausible.
        voi: the header's display curve, or None.
        view: PA, AP or unknown.
        notes: warnings met while reading.
        patient: age, posture and side, where the file tells them.
        hanging: which way the picture lies, where the file tells it.
        heart_at_left: whether a look at the picture found the heart in its left half; false also where nobody looked.
    """

    pixels: Pixels = field(repr=False)
    source: Source
    bits: int
    spacing: Spacing | None = None
    voi: Voi | None = None
    view: View = View.UNKNOWN
    notes: tuple[Note, ...] = ()
    patient: PatientFacts = PatientFacts()
    hanging: Hanging = Hanging.UNKNOWN
    heart_at_left: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.pixels.shape[0], self.pixels.shape[1]


@dataclass(frozen=True, eq=False)
class Region:
    """One connected part of the outline, in native pixels.

    `box` is (top, left, bottom, right), bottom and right exclusive; `outline` holds closed (N, 2) polygons of
    (row, column) pixel centres, the outer border first and then the holes; `area_cm2` is None without spacing.
    """

    side: Side
    area_px: int
    area_cm2: float | None
    box: tuple[int, int, int, int]
    outline: tuple[NDArray[np.int32], ...] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Hemithoraces:
    """The two halves of the chest on a film, (H, W) bool each at native size, by the patient's sides.

    A hemithorax is all that the ribs of its side enclose beside the mediastinum: the lung and what displaced it.
    `hilum_right` and `hilum_left` are the rows of the hila, where they are known. `told` is whether something tells
    the two apart; where it is false they are named by the picture's halves, as on a film hung as usual.
    """

    right: Mask = field(repr=False)
    left: Mask = field(repr=False)
    hilum_right: int | None = None
    hilum_left: int | None = None
    told: bool = True


@dataclass(frozen=True)
class Measure:
    """One thing said, or not said, of a finding's size.

    Attributes:
        name: stable across versions, as `area`; a name stands once a side at the most.
        value: a number in `unit`, a yes or no, or a class (`large`, `small`); None where not assessed.
        unit: `cm2`, `cm`, `%`, `1` for a count, empty for what has none.
        validity: whether the value may be used as its source defines it.
        reason: why it is not assessed, or what limits it all the same; may be empty where valid.
        source: where its definition comes from.
        side: the side it speaks of; None for the whole film.
        ends: of a distance, where it lies: at the chest wall or the cupola, and at the lung. They are as far apart as
            `value` says. None of what is no distance, of a distance of 0, and where the air between is in parts.
    """

    name: str
    value: float | bool | str | None
    unit: str
    validity: Literal["valid", "not_assessed"]
    reason: str
    source: str
    side: Side | None = None
    ends: Ends | None = None


@dataclass(frozen=True)
class ModelIdentity:
    """Which model spoke: `sha256` is of the model file or blend file."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, eq=False)
class Finding:
    """What was found on one film.

    Attributes:
        film: the film as it was read.
        present: the decision: is there a pneumothorax?
        score: the image-level score in [0, 1]; `present` is `score > threshold`.
        threshold: the presence threshold of the model's decision.
        probability: that a pneumothorax is there, in [0, 1], as the model's calibration says; without one the score.
        calibrated: whether the model holds a calibration, without which `probability` only ranks films.
        mask: (H, W) bool at the film's native size; empty where not present.
        probabilities: (H, W) float32 in [0, 1], the map the mask was cut from.
        regions: connected parts of the mask, largest first.
        model: which model spoke.
        measures: what can be said of its size, and what cannot.
        notes: warnings, those of the film included.
        timings: seconds for each stage.
        picture: draws the finding as a PNG; a notebook then shows it.
        hemithoraces: where they are, by which it was measured; None where nobody looked or none were found.
    """

    film: Radiograph
    present: bool
    score: float
    threshold: float
    probability: float
    calibrated: bool
    mask: Mask = field(repr=False)
    probabilities: Pixels = field(repr=False)
    regions: tuple[Region, ...]
    model: ModelIdentity
    measures: tuple[Measure, ...] = ()
    notes: tuple[Note, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    picture: Callable[["Finding"], bytes] | None = field(default=None, repr=False)
    hemithoraces: Hemithoraces | None = field(default=None, repr=False)

    def _repr_png_(self) -> bytes | None:
        return self.picture(self) if self.picture is not None else None
