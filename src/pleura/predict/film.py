"""From one film to one finding."""

from dataclasses import replace
from typing import Literal

import numpy as np

from pleura.core.calibration import calibrated
from pleura.core.errors import ModelFileError
from pleura.core.measures import measure_film
from pleura.core.postprocess import average, decide, lay_over, mean_label, presence_threshold
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Finding, Hemithoraces, Maps, ModelIdentity, Radiograph, Source
from pleura.output.overlay import overlay_png
from pleura.predict.clock import Clock
from pleura.predict.first_reader import FirstReader, RuledOut, may_settle
from pleura.predict.gate import Gate
from pleura.predict.lungs import LungFinder, ShippedLungs
from pleura.predict.member import Looks, Member, open_member
from pleura.runtime import Blend, EngineChoice, Model

Tta = Literal["none", "flip"]
Placed = tuple[Member, InputSpec]

_AUTO = EngineChoice()


class Predictor:
    """A model or a blend, ready to read films; threads may share it.

    The same film, model and settings give the same finding, but for its timings.

    Attributes:
        spec: how the grid lies on a film. For a blend it has the largest side of its members and no crop.
        decision: from the grid to a yes or no and an outline; a blend has its own.
        calibration: from the decision's score to a probability, or None; a blend has its own.
        identity: which model or blend speaks.
        engine: `openvino` or `onnxruntime`.
        device: `cpu` or `cuda`.
        precision: `float32` or `bfloat16`.
        gate: looks at every film that `read` is given, first of all; None where none is wanted.
        shipped_lungs: tell the hemithoraces of a film with a finding, unless a blend has lungs of its own; None where
            neither is wanted.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network, it needs lungs and nothing shows them, or its file takes
            films of one side alone and the decision reads them at others.
    """

    def __init__(
        self,
        model: Model | Blend,
        choice: EngineChoice = _AUTO,
        gate: Gate | None = None,
        shipped_lungs: ShippedLungs | None = None,
    ) -> None:
        self.gate = gate
        self.shipped_lungs = shipped_lungs
        self.decision: DecisionSpec = model.spec.decision
        self.calibration = model.spec.calibration
        self.identity = ModelIdentity(model.spec.name, model.spec.version, model.sha256)
        looks = Looks.of(self.decision)
        self._lungs: LungFinder | None = None
        self._classifiers: list[Member] = []
        self._first: list[FirstReader] = []
        self._blends = isinstance(model, Blend)
        if isinstance(model, Blend):
            self._members, self._classifiers = (
                [open_member(single, share, looks, choice) for single, share in model.cast(role)]
                for role in ("segment", "classify")
            )
            self._first = [FirstReader(single, rule, choice) for single, rule in model.first]
            self._lungs = next((LungFinder(single, choice) for single, _ in model.cast("lungs")), None)
            self.spec = _common_spec([member.spec for member in self._members])
        else:
            if model.spec.input.lung_crop is not None:
                reason = "sees a film cropped to the lungs, and does not find them itself"
                raise ModelFileError(model.path, reason, "Give a blend of it and a lung model with the role lungs.")
            self._members = [open_member(model, 1.0, looks, choice)]
            self.spec = model.spec.input
        engine = self._members[0].engine
        self.engine, self.device, self.precision = engine.name, engine.device, engine.precision

    @property
    def lungs_sha256(self) -> str | None:
        """Of the model file that tells the hemithoraces of a film with a finding; None where none is asked.

        Raises:
            ModelFileError: this installation has none.
        """
        if self.shipped_lungs is None:
            return None
        return self._lungs.sha256 if self._lungs is not None else self.shipped_lungs.sha256

    def maps(self, film: Radiograph, *, tta: Tta | None = None) -> Maps:
        """What the model says of one film, on the network's grid, (side, side).

        Of a film that a cascade ruled out it is what its first model says, as `ruled_out_maps` has it.

        Args:
            film: the film.
            tta: `flip` averages with the mirrored film, `none` does not; None does as the decision says. Its scales
                are always those of the decision.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        clock = Clock()
        ruled = self._ruled_out(film, clock)
        return self._maps(film, tta or self.decision.tta, clock) if ruled is None else ruled.maps

    def both(self, film: Radiograph, clock: Clock | None = None) -> tuple[Maps, Maps]:
        """The maps of one film without and with the mirrored film, for which each network sees either once.

        Args:
            film: the film.
            clock: counts the stages; None where nobody asks.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        clock = Clock() if clock is None else clock
        if (ruled := self._ruled_out(film, clock)) is not None:
            return ruled.maps, ruled.maps
        placed = self._placed(film, clock)
        pairs = [member.both(film, spec, self.decision.scales, clock) for member, spec in placed]
        plain, averaged = (self._whole([pair[which] for pair in pairs], placed, clock) for which in (0, 1))
        return plain, averaged

    def read(self, film: Radiograph) -> Finding:
        """Find, outline and measure the pneumothorax on one film.

        Raises:
            UnreadableImage: `not_frontal_chest`, by the gate.
            EngineError: a network gives no numbers on this film.
        """
        clock = Clock()
        if self.gate is not None:
            film = self.gate.admit(film, clock)
        ruled = self._ruled_out(film, clock)
        maps = self._maps(film, self.decision.tta, clock) if ruled is None else ruled.maps
        with clock.stage("decide"):
            verdict = decide(maps, film.shape, self.spec, self.decision)
        hemithoraces = self._hemithoraces(film, clock) if verdict.present else None
        with clock.stage("measure"):
            measured = measure_film(film, verdict.mask, hemithoraces)
        return Finding(
            film=film,
            present=verdict.present,
            score=verdict.score,
            threshold=presence_threshold(self.decision),
            probability=self.probability(verdict.score),
            calibrated=self.calibration is not None,
            mask=verdict.mask,
            probabilities=verdict.probabilities,
            regions=measured.regions,
            model=self.identity,
            measures=measured.measures,
            notes=(*(() if ruled is None else (ruled.note,)), *film.notes, *measured.notes),
            timings=clock.seconds,
            picture=overlay_png,
            hemithoraces=hemithoraces,
        )

    def probability(self, score: float) -> float:
        """The probability of a pneumothorax at a score, in [0, 1]; without a calibration the score itself."""
        return score if self.calibration is None else calibrated(score, self.calibration)

    def opinions(self, film: Radiograph) -> tuple[Maps, ...]:
        """What may disagree about one film, two or more maps on the grid of `maps`.

        They are those of the members that outline or, where there is but one, those of the film as it is and
        mirrored. What a member does not tell is the blend's.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        if len(self._members) == 1:
            plain, both = self.both(film)
            return plain, average((both, plain), (2.0, -1.0))  # twice the mean of two, less the one
        looks, clock = Looks.of(self.decision), Clock()
        if (ruled := self._ruled_out(film, clock)) is not None:
            return ruled.maps, ruled.maps
        placed = self._placed(film, clock)
        told = [member.maps(film, spec, looks, clock) for member, spec in placed]
        whole, laid = self._blend(told, placed, clock)
        return tuple(
            replace(
                one,
                label=whole.label if self._classifiers or one.label is None else one.label,
                distance=whole.distance if one.distance is None else one.distance,
            )
            for one in laid
        )

    def warm_up(self, film: Radiograph | None = None) -> None:
        """Let every network look at a film once, also those that a cascade would spare it; None draws a ramp.

        Raises:
            EngineError: a network gives no numbers on this film.
        """
        if film is None:
            side = self.spec.side
            pixels = np.linspace(0, 1, side * side, dtype=np.float32).reshape(side, side)
            film = Radiograph(pixels, Source("warm-up", "warm-up", "0" * 64, "png"), 8)
        for reader in self._first:
            reader.look(film, Clock())
        self._maps(film, self.decision.tta, Clock())
        if self.shipped_lungs is not None:
            self.shipped_lungs.finder.box(film, Clock())

    def _ruled_out(self, film: Radiograph, clock: Clock) -> RuledOut | None:
        """What the first model says that rules a film out; None where none does, or may: see `may_settle`."""
        if not may_settle(film):
            return None
        settled = (reader.settle(film, self.spec, self.decision, clock) for reader in self._first)
        return next((ruled for ruled in settled if ruled is not None), None)

    def _maps(self, film: Radiograph, tta: Tta, clock: Clock) -> Maps:
        looks = Looks(tta == "flip", self.decision.scales)
        placed = self._placed(film, clock)
        return self._whole([member.maps(film, spec, looks, clock) for member, spec in placed], placed, clock)

    def _placed(self, film: Radiograph, clock: Clock) -> list[Placed]:
        """Every network, those that classify last, with how this film becomes its grid."""
        if not self._blends:
            return [(self._members[0], self.spec)]
        lungs = self._lungs.box(film, clock) if self._lungs is not None else None
        return [(member, member.spec_of(lungs)) for member in (*self._members, *self._classifiers)]

    def _hemithoraces(self, film: Radiograph, clock: Clock) -> Hemithoraces | None:
        if self.shipped_lungs is None:
            return None
        finder = self._lungs if self._lungs is not None else self.shipped_lungs.finder
        return finder.hemithoraces(film, clock)

    def _whole(self, maps: list[Maps], placed: list[Placed], clock: Clock) -> Maps:
        """One film's maps from those of every network, in the order of `placed`."""
        return self._blend(maps, placed, clock)[0] if self._blends else maps[0]

    def _blend(self, maps: list[Maps], placed: list[Placed], clock: Clock) -> tuple[Maps, list[Maps]]:
        """What the blend says, and what each member that outlines does, on the blend's grid."""
        count = len(self._members)
        with clock.stage("blend"):
            outlining = zip(maps[:count], placed[:count], strict=True)
            laid = [lay_over(one, self.spec.side, spec) for one, (_, spec) in outlining]
            whole = average(laid, [member.share for member in self._members])
            if self._classifiers:
                shares = [each.share for each in self._classifiers]
                whole = replace(whole, label=mean_label([one.label for one in maps[count:]], shares))
        return whole, laid


def _common_spec(specs: list[InputSpec]) -> InputSpec:
    """The grid that members of a blend share: the largest side, over the whole film."""
    return max(specs, key=lambda spec: spec.side).cropped(None)
