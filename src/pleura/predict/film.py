"""From a film to a finding, one film or several at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pleura.core.calibration import calibrated
from pleura.core.errors import ModelFileError, UnreadableImage
from pleura.core.measures import measure_film
from pleura.core.postprocess import average, decide, lay_over, mean_label, presence_threshold
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Finding, Hemithoraces, Maps, ModelIdentity, Radiograph, Source
from pleura.output.overlay import overlay_png
from pleura.predict.clock import Clock
from pleura.predict.first_reader import FirstReader, RuledOut, may_settle
from pleura.predict.gate import Gate
from pleura.predict.lungs import LungFinder, ShippedLungs
from pleura.predict.member import Looks, Member, Placed, open_member
from pleura.runtime import Blend, EngineChoice, Model

Tta = Literal["none", "flip"]

_AUTO = EngineChoice()


@dataclass(frozen=True)
class _Opened:
    """A film that is being read, its clock, and what a first model said that settled it, if one did."""

    film: Radiograph
    clock: Clock
    ruled: RuledOut | None = None


class Predictor:
    """A model or a blend, ready to read films; threads may share it.

    The same film, model and settings give the same finding, but for its timings. Which films it is read together with
    are among the settings: engines add up a larger batch in another order, and scores may differ in the last bits.

    Attributes:
        spec: how the grid lies on a film. For a blend it has the largest side of its members and no crop.
        decision: from the grid to a yes or no and an outline; a blend has its own.
        calibration: from the decision's score to a probability, or None; a blend has its own.
        identity: which model or blend speaks.
        engine: `openvino` or `onnxruntime`.
        device: `cpu` or `cuda`.
        precision: `float32` or `bfloat16`.
        gate: looks at every film that is to be read, first of all; None where none is wanted.
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
        self._networks = (*self._members, *self._classifiers)
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
        return self._maps([self._opened(film, Clock())], tta or self.decision.tta)[0]

    def both(self, film: Radiograph, clock: Clock | None = None) -> tuple[Maps, Maps]:
        """The maps of one film without and with the mirrored film, for which each network sees either once.

        Args:
            film: the film.
            clock: counts the stages; None where nobody asks.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        opened = self._opened(film, clock or Clock())
        if opened.ruled is not None:
            return opened.ruled.maps, opened.ruled.maps
        placed, scales = self._placed(opened), self.decision.scales
        pairs = [member.both([one], scales)[0] for member, one in zip(self._networks, placed, strict=True)]
        plain, averaged = (self._whole([pair[which] for pair in pairs], placed) for which in (0, 1))
        return plain, averaged

    def read(self, film: Radiograph) -> Finding:
        """Find, outline and measure the pneumothorax on one film.

        Raises:
            UnreadableImage: `not_frontal_chest`, by the gate.
            EngineError: a network gives no numbers on this film.
        """
        return self._findings([self._admitted(film)])[0]

    def read_together(self, films: Sequence[Radiograph]) -> list[Finding | UnreadableImage]:
        """The same of several films, which go through each network in one batch.

        Gate, lungs and the first model of a cascade look at each film alone, and only what these leave is in the
        batch. What that takes is shared evenly among the timings of its films.

        Returns:
            In the order of `films` each one's finding, or the error by which the gate refuses it.

        Raises:
            EngineError: a network gives no numbers on one of these films.
        """
        tried = [self._tried(film) for film in films]
        findings = iter(self._findings([one for one in tried if isinstance(one, _Opened)]))
        return [next(findings) if isinstance(one, _Opened) else one for one in tried]

    def _tried(self, film: Radiograph) -> _Opened | UnreadableImage:
        try:
            return self._admitted(film)
        except UnreadableImage as error:
            return error

    def _admitted(self, film: Radiograph) -> _Opened:
        """Let the gate look, where there is one, and the first models; raises as `read` does."""
        clock = Clock()
        return self._opened(film if self.gate is None else self.gate.admit(film, clock), clock)

    def _findings(self, opened: list[_Opened]) -> list[Finding]:
        return list(map(self._finding, opened, self._maps(opened, self.decision.tta)))

    def _finding(self, opened: _Opened, maps: Maps) -> Finding:
        """What follows for a film from what the model says of it."""
        film, clock, ruled = opened.film, opened.clock, opened.ruled
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
        opened = self._opened(film, Clock())
        if opened.ruled is not None:
            return opened.ruled.maps, opened.ruled.maps
        looks, placed = Looks.of(self.decision), self._placed(opened)
        told = [member.maps([one], looks)[0] for member, one in zip(self._networks, placed, strict=True)]
        whole, laid = self._blend(told, placed)
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
        self._maps([_Opened(film, Clock())], self.decision.tta)
        if self.shipped_lungs is not None:
            self.shipped_lungs.finder.box(film, Clock())

    def _opened(self, film: Radiograph, clock: Clock) -> _Opened:
        """Let the first models look, where they may settle the film."""
        readers = self._first if may_settle(film) else []
        settled = (reader.settle(film, self.spec, self.decision, clock) for reader in readers)
        return _Opened(film, clock, next((ruled for ruled in settled if ruled is not None), None))

    def _maps(self, opened: Sequence[_Opened], tta: Tta) -> list[Maps]:
        """What a first model said of the films that it settled; the others go through each network together."""
        looks = Looks(tta == "flip", self.decision.scales)
        placed = [self._placed(one) for one in opened if one.ruled is None]
        films = zip(*placed, strict=True)  # By network; none at all where no film is left.
        told = [member.maps(some, looks) for member, some in zip(self._networks, films, strict=False)]
        whole = (self._whole(list(maps), one) for maps, one in zip(zip(*told, strict=True), placed, strict=True))
        return [next(whole) if one.ruled is None else one.ruled.maps for one in opened]

    def _placed(self, opened: _Opened) -> list[Placed]:
        """A film as each of `_networks` sees it."""
        lungs = self._lungs.box(opened.film, opened.clock) if self._lungs is not None else None
        return [Placed(opened.film, member.spec_of(lungs), opened.clock) for member in self._networks]

    def _hemithoraces(self, film: Radiograph, clock: Clock) -> Hemithoraces | None:
        if self.shipped_lungs is None:
            return None
        finder = self._lungs if self._lungs is not None else self.shipped_lungs.finder
        return finder.hemithoraces(film, clock)

    def _whole(self, maps: list[Maps], placed: list[Placed]) -> Maps:
        """One film's maps from those of every network, in the order of `placed`."""
        return self._blend(maps, placed)[0] if self._blends else maps[0]

    def _blend(self, maps: list[Maps], placed: list[Placed]) -> tuple[Maps, list[Maps]]:
        """What the blend says, and what each member that outlines does, on the blend's grid."""
        count = len(self._members)
        with placed[0].clock.stage("blend"):
            outlining = zip(maps[:count], placed[:count], strict=True)
            laid = [lay_over(one, self.spec.side, where.spec) for one, where in outlining]
            whole = average(laid, [member.share for member in self._members])
            if self._classifiers:
                shares = [each.share for each in self._classifiers]
                whole = replace(whole, label=mean_label([one.label for one in maps[count:]], shares))
        return whole, laid


def _common_spec(specs: list[InputSpec]) -> InputSpec:
    """The grid that members of a blend share: the largest side, over the whole film."""
    return max(specs, key=lambda spec: spec.side).cropped(None)
