"""The first look at a picture: is it a frontal chest film, which view, and does it hang upright?"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from pleura.core.errors import EngineError, Refusal, UnreadableImage
from pleura.core.gate import TURNS, GateVerdict, SetPoints
from pleura.core.preprocess import to_input
from pleura.core.types import Note, Pixels, Radiograph, View
from pleura.predict.clock import Clock
from pleura.runtime import EngineChoice, Outputs, open_engine
from pleura.runtime.gatefile import GateFile, read_gate

SHIPPED_GATE = Path(__file__).parents[1] / "models" / "gate.onnx"
_AUTO = EngineChoice()
_LEAST_THINNED = 512
"""The side, in pixels, that thinning leaves at least: four times what the gate sees."""


class Gate:
    """A gate, ready to look at films; threads may share it.

    It runs on the CPU in float32, whatever was chosen for the model: its set points were fitted so, and it is so
    small that a GPU would only add the way there.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network.
    """

    def __init__(self, file: GateFile, choice: EngineChoice = _AUTO) -> None:
        self.spec = file.spec
        self.sha256 = file.sha256
        self._engine = open_engine(file, replace(choice, precision="float32", device="cpu"))

    def look(self, film: Radiograph) -> GateVerdict:
        """What the gate says of one picture.

        Raises:
            EngineError: the network gives no numbers on this picture.
        """
        said = self._engine.run(to_input(_thinned(film.pixels), film.voi, self.spec.input)[None])
        if not all(np.isfinite(values).all() for values in said.values()):
            raise EngineError("the gate gives no numbers on this film", "Try --engine onnxruntime, or --no-gate.")
        return verdict_of(said, self.spec.points)

    def admit(self, film: Radiograph, clock: Clock | None = None) -> Radiograph:
        """The same film with what the gate adds: its warnings, and the view where the file does not say.

        Pixels stay as they are: a film that hangs wrongly is said to, and never silently mended.

        Args:
            film: the film.
            clock: counts the look as the stage `gate`; None where nobody asks.

        Raises:
            UnreadableImage: `not_frontal_chest`.
            EngineError: the network gives no numbers on this picture.
        """
        with (clock or Clock()).stage("gate"):
            verdict = self.look(film)
        if not verdict.passes:
            reason = f"it does not look like a frontal chest film (gate {verdict.frontal:.3f}, passes from "
            reason += f"{self.spec.points.frontal:.3f})"
            remedy = "Give a frontal (PA or AP) chest film; if it is one, read it with --no-gate."
            raise UnreadableImage(film.source.path, Refusal.NOT_FRONTAL_CHEST, reason, remedy)
        notes = [*film.notes, *_hanging_notes(verdict)]
        view = film.view
        if view is View.UNKNOWN and verdict.view is not View.UNKNOWN:
            view = verdict.view
            notes = [note for note in notes if note.code != "view_unknown"]
            notes.append(_view_note(verdict))
        return replace(film, view=view, notes=tuple(notes), heart_at_left=verdict.heart_at_left)


def verdict_of(said: Outputs, points: SetPoints) -> GateVerdict:
    """Put the logits of one picture, (1,) by head and (1, 4) of `turn`, into a verdict."""
    frontal, pa, mirrored, inverted = (
        _sigmoid(float(said[name][0])) for name in ("frontal", "pa", "mirrored", "inverted")
    )
    turns = np.exp(said["turn"][0] - said["turn"][0].max())
    turns /= turns.sum()
    best = int(turns[1:].argmax()) + 1
    turn = TURNS[best] if turns[best] >= points.turn else 0
    named = max(pa, 1 - pa) >= points.view
    return GateVerdict(
        frontal=frontal,
        passes=frontal >= points.frontal,
        view=(View.PA if pa >= 0.5 else View.AP) if named else View.UNKNOWN,
        view_probability=max(pa, 1 - pa),
        turn=turn,
        heart_at_left=turn == 0 and mirrored >= points.mirrored,
        inverted=inverted >= points.inverted,
    )


def load_gate(choice: EngineChoice = _AUTO) -> Gate:
    """Open the gate that ships with pleura.

    Raises:
        ModelFileError: this installation has none, or it is damaged.
        EngineError: this machine cannot give what was chosen.
    """
    return Gate(read_gate(SHIPPED_GATE), choice)


def _thinned(pixels: Pixels) -> Pixels:
    """Every second, third or further row and column of a large film: to resize all of it costs more than the look."""
    step = max(1, min(pixels.shape) // _LEAST_THINNED)
    return np.ascontiguousarray(pixels[::step, ::step])


def _hanging_notes(verdict: GateVerdict) -> list[Note]:
    notes = []
    if verdict.turn:
        text = (
            f"The picture seems to be turned by {verdict.turn} degrees to the left; sides and outline may be wrong."
        )
        notes.append(Note("orientation", text))
    if verdict.inverted:
        text = "Black and white seem to be exchanged; the outline may be wrong."
        notes.append(Note("orientation", text))
    if verdict.heart_at_left:
        text = (
            "The heart seems to lie at the picture's left. The film may hang the other way round, or the heart may "
            "lie on the right (situs inversus, dextrocardia) or be pushed there: the picture cannot tell. "
            "Check the side."
        )
        notes.append(Note("orientation", text))
    return notes


def _view_note(verdict: GateVerdict) -> Note:
    text = f"The file does not say the view; the picture looks {verdict.view.value}"
    return Note("view_from_picture", f"{text} ({verdict.view_probability:.0%} by the gate).")


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -50, 50))))
