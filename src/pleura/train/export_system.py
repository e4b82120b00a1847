"""From a run of a system to one model file, or to several and the blend that reads films with them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pleura.core.errors import TrainingError
from pleura.core.files import write_bytes
from pleura.core.recipe import System
from pleura.data import Dataset
from pleura.evidence.system_maps import SYSTEM
from pleura.predict.lungs import SHIPPED_LUNGS
from pleura.runtime import Blend, Model, read_model
from pleura.runtime.blend import BlendSpec, Member, write_blend
from pleura.train.checkpoint import BEST
from pleura.train.export import Parity, check_name, export
from pleura.train.held_out import kept_checkpoints
from pleura.train.system import Job, system_jobs
from pleura.train.trace import Tracer

_LUNGS = "lungs.onnx"


@dataclass(frozen=True)
class Source:
    """One checkpoint of a system and its place in the blend; `weight` is the part's, shared by its checkpoints."""

    job: Job
    checkpoint: Path
    weight: float

    @property
    def stem(self) -> str:
        """Name of its model file: part, fold, and rank among the kept checkpoints."""
        fold = "" if self.job.fold is None else f"-fold-{self.job.fold}"
        return f"{self.job.part.name}{fold}{self.checkpoint.stem.removeprefix('best')}"


@dataclass(frozen=True)
class Plan:
    """What to write: `out` is a model file, or a blend's TOML beside whose models it stands.

    `lungs` finds the lungs for a system that crops to them; None takes the model that ships with pleura. `half`
    stores weights in half precision.
    """

    out: Path
    name: str
    version: str
    lungs: Path | None = None
    half: bool = False


def system_sources(run: Path) -> tuple[System, list[Source]]:
    """A run's system and every checkpoint that becomes a model.

    Raises:
        TrainingError: no run of `pleura train`, or not all of it is trained.
    """
    try:
        system = System.model_validate_json((run / SYSTEM).read_bytes())
    except (OSError, ValidationError) as error:
        raise TrainingError(f"{run}: {SYSTEM} cannot be read", "Name a folder that `pleura train` made.") from error
    jobs = system_jobs(system, run)
    missing = [job for job in jobs if not (job.folder / BEST).is_file()]
    if missing:
        reason = f"{run}: {len(missing)} of {len(jobs)} runs are not trained, first {missing[0].title}"
        raise TrainingError(reason, "Train them with --resume.")
    checkpoints = [(job, path) for job in jobs for path in kept_checkpoints(job.folder)]
    shares = [job.part.name for job, _ in checkpoints]
    return system, [Source(job, path, job.part.weight / shares.count(job.part.name)) for job, path in checkpoints]


def export_system(run: Path, plan: Plan, dataset: Dataset) -> Iterator[tuple[Source, Model, list[Parity]]]:
    """Write every model of a run, parity checked, and their blend at last; gives each model as it is written.

    A run with one checkpoint becomes a model file. Otherwise `plan.out` is a TOML file, and the models stand in a
    folder of its name beside it.

    Raises:
        TrainingError: no whole run, a name that none can have, `plan.out` of the wrong kind, lungs that are not
            needed, or an engine disagrees with torch.
        ModelFileError: the lungs' model is no model file.
    """
    system, sources = system_sources(run)
    _check_out(system, sources, plan)
    lungs, tracer = read_model(plan.lungs or SHIPPED_LUNGS) if _crops(system) else None, Tracer()
    if len(sources) == 1 and lungs is None:
        yield sources[0], *_export(sources[0], plan.out, plan.name, plan, dataset, tracer)
        return
    home = plan.out.with_suffix("")
    models = []
    for source in sources:
        path = home / f"{source.stem}.onnx"
        model, parities = _export(source, path, source.stem, plan, dataset, tracer)
        models.append(model)
        yield source, model, parities
    members = [
        Member(file=model.path.name, sha256=model.sha256, role=source.job.part.role, weight=source.weight)
        for source, model in zip(sources, models, strict=True)
    ]
    if lungs is not None:
        write_bytes(home / _LUNGS, lungs.content)
        models.append(read_model(home / _LUNGS))
        members.append(Member(file=_LUNGS, sha256=models[-1].sha256, role="lungs"))
    _write(system, plan, members, models)


def _export(
    source: Source, path: Path, name: str, plan: Plan, dataset: Dataset, tracer: Tracer
) -> tuple[Model, list[Parity]]:
    return export(source.checkpoint, path, dataset, name=name, version=plan.version, half=plan.half, tracer=tracer)


def _write(system: System, plan: Plan, members: list[Member], models: Iterable[Model]) -> Blend:
    spec = BlendSpec(name=plan.name, version=plan.version, decision=system.decision, members=tuple(members))
    return write_blend(Blend(plan.out, "", spec, tuple(models)), spec, plan.out)


def _crops(system: System) -> bool:
    """Whether a part sees films cropped to the lungs."""
    return any(part.recipe.input.lung_crop is not None for part in system.parts)


def _check_out(system: System, sources: list[Source], plan: Plan) -> None:
    check_name(plan.name)
    crops = _crops(system)
    if plan.lungs is not None and not crops:
        raise TrainingError(f"--lungs: no part of {system.name} crops to the lungs", "Leave it out.")
    blends = len(sources) > 1 or crops
    wanted = ".toml" if blends else ".onnx"
    if plan.out.suffix != wanted:
        what = f"{len(sources)} models and so a blend" if blends else "one model"
        raise TrainingError(f"{plan.out}: {system.name} becomes {what}", f"Let --out end in {wanted}.")
