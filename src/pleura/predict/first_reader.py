"""The first model of a cascade: it sees a film before the others, and may rule a pneumothorax out alone."""

from dataclasses import dataclass

from pleura.core.postprocess import lay_over, presence_score, ruled_out_maps
from pleura.core.rule_out import RuleOut
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Maps, Note, Radiograph
from pleura.predict.clock import Clock
from pleura.predict.member import Looks, Placed, open_member
from pleura.runtime import EngineChoice, Model

_HANGS_WRONGLY = "orientation"
"""The code of the notes that say so."""


@dataclass(frozen=True)
class RuledOut:
    """What is said of a film that a first reader settled: maps on the blend's grid, and the note that says so."""

    maps: Maps
    note: Note


def may_settle(film: Radiograph) -> bool:
    """Whether a first model may settle a film: not one that seems to hang wrongly, by its header or by the gate.

    Rules are fitted on films that hang upright. And a heart on the other side may have been pushed there, by a
    tension pneumothorax: such a film is no clear negative.
    """
    return all(note.code != _HANGS_WRONGLY for note in film.notes)


class FirstReader:
    """A model of the role `rule-out`, ready to see films under its own decision; threads may share it.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network.
    """

    def __init__(self, model: Model, rule: RuleOut, choice: EngineChoice) -> None:
        self._rule, self._decision = rule, model.spec.decision
        self._name, self._sha256 = f"{model.spec.name} {model.spec.version}", model.sha256
        self._looks = Looks.of(self._decision)
        self._member = open_member(model, 1.0, self._looks, choice)

    def look(self, film: Radiograph, clock: Clock) -> tuple[Maps, float]:
        """What it says of a film on its own grid, and the score by which it may rule the film out, in [0, 1].

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        with clock.stage("rule_out"):
            maps = self._member.maps([Placed(film, self._member.spec, Clock())], self._looks)[0]
            if self._rule.by == "label":
                assert maps.label is not None, "who opens a first model sees to its label head"
                return maps, maps.label
            return maps, presence_score(maps, self._member.spec, self._decision)

    def settle(self, film: Radiograph, spec: InputSpec, decision: DecisionSpec, clock: Clock) -> RuledOut | None:
        """Rule a film out, or leave it to the others with None.

        Args:
            film: the film.
            spec: the grid of the blend.
            decision: of the blend.
            clock: counts the look as the stage `rule_out`.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        maps, score = self.look(film, clock)
        if not self._rule.holds(score):
            return None
        laid = lay_over(maps, spec.side, self._member.spec)
        return RuledOut(ruled_out_maps(laid.mask, self._rule.blend_score(score), spec, decision), self._note())

    def _note(self) -> Note:
        side = self._member.spec.side
        text = (
            f"Decided by the first model of the cascade alone, {self._name} (sha256 {self._sha256[:12]}), which sees "
            f"films at {side} x {side} pixels. No other model read the film; the probability map is that model's, "
            "moved to the score."
        )
        return Note("ruled_out", text)
