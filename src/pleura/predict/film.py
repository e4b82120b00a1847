"""From one film to one finding."""

from typing import Literal

from pleura.core.measure import measure_regions
from pleura.core.postprocess import average, decide, lay_over, presence_threshold
from pleura.core.spec import DecisionSpec, InputSpec
from pleura.core.types import Finding, Maps, ModelIdentity, Radiograph
from pleura.output.overlay import overlay_png
from pleura.predict.clock import Clock
from pleura.predict.member import Member
from pleura.runtime import Blend, EngineChoice, Model, open_engine

Tta = Literal["none", "flip"]

_AUTO = EngineChoice()


class Predictor:
    """A model or a blend, ready to read films; threads may share it.

    The same film, model and settings give the same finding, but for its timings.

    Attributes:
        spec: how the grid lies on a film. For a blend it has the largest side of its members and no crop.
        decision: from the grid to a yes or no and an outline; a blend has its own.
        identity: which model or blend speaks.
        engine: `openvino` or `onnxruntime`.
        device: `cpu` or `cuda`.
        precision: `float32` or `bfloat16`.

    Raises:
        EngineError: this machine cannot give what was chosen.
        ModelFileError: the engine cannot run the network.
    """

    def __init__(self, model: Model | Blend, choice: EngineChoice = _AUTO) -> None:
        if isinstance(model, Blend):
            total = sum(member.weight for member in model.spec.members)
            shares = [member.weight / total for member in model.spec.members]
            models = model.models
            self.spec = _common_spec([single.spec.input for single in models])
            self.decision: DecisionSpec = model.spec.decision
        else:
            shares, models = [1.0], (model,)
            self.spec, self.decision = model.spec.input, model.spec.decision
        self.identity = ModelIdentity(model.spec.name, model.spec.version, model.sha256)
        self._members = [
            Member(single.spec.input, open_engine(single, choice), share)
            for single, share in zip(models, shares, strict=True)
        ]
        engine = self._members[0].engine
        self.engine, self.device, self.precision = engine.name, engine.device, engine.precision

    def maps(self, film: Radiograph, *, tta: Tta | None = None) -> Maps:
        """What the model says of one film, on the network's grid, (side, side).

        Args:
            film: the film.
            tta: `flip` averages with the mirrored film, `none` does not; None does as the decision says.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        return self._maps(film, tta or self.decision.tta, Clock())

    def read(self, film: Radiograph) -> Finding:
        """Find, outline and measure the pneumothorax on one film.

        Raises:
            EngineError: the network gives no numbers on this film.
        """
        clock = Clock()
        maps = self._maps(film, self.decision.tta, clock)
        with clock.stage("decide"):
            verdict = decide(maps, film.shape, self.spec, self.decision)
        with clock.stage("measure"):
            regions = measure_regions(verdict.mask, film.spacing)
        return Finding(
            film=film,
            present=verdict.present,
            probability=verdict.probability,
            threshold=presence_threshold(self.decision),
            mask=verdict.mask,
            probabilities=verdict.probabilities,
            regions=regions,
            model=self.identity,
            notes=film.notes,
            timings=clock.seconds,
            picture=overlay_png,
        )

    def _maps(self, film: Radiograph, tta: Tta, clock: Clock) -> Maps:
        several = [member.maps(film, tta == "flip", clock) for member in self._members]
        if len(several) == 1:
            return several[0]
        with clock.stage("blend"):
            side = self.spec.side
            laid = [lay_over(maps, side, member.spec) for maps, member in zip(several, self._members, strict=True)]
            return average(laid, [member.share for member in self._members])


def _common_spec(specs: list[InputSpec]) -> InputSpec:
    """The grid that members of a blend share: the largest side, over the whole film."""
    largest = max(specs, key=lambda spec: spec.side)
    return largest.model_copy(update={"crop": None})
