"""`pleura batch`: read very many films, exactly once each, through any number of kills."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from pleura.batch.studies import StudyChoice
from pleura.cli.console import EXIT_OK, EXIT_REFUSED, need_extra, say, track
from pleura.core.errors import PleuraError
from pleura.core.processor import cores
from pleura.predict import one_model
from pleura.runtime import EngineChoice
from pleura.runtime.engine import Device, EngineName, Precision

if TYPE_CHECKING:
    from pleura.batch.engine import Engine
    from pleura.batch.job import Job, Reading
    from pleura.batch.summary import Tally


@dataclass(frozen=True)
class ReadingChoice:
    """How films are read.

    Attributes:
        runtime: What runs the networks; auto takes OpenVINO on a CPU and ONNX Runtime on a GPU.
        precision: Arithmetic of the networks; auto takes bfloat16 with OpenVINO where the CPU has it.
        device: Where they run; auto takes a GPU where the installed ONNX Runtime can use one.
        lenient: Also read DICOM files without the preamble.
        no_gate: Read all films, also one that does not look like a frontal chest film or that hangs wrongly.
        no_lungs: Do not look for the lungs: what needs the hemithorax is not assessed.
        masks: Keep no masks, run-length code in the rows, or DICOM SEG files beside them.
    """

    runtime: EngineName = "auto"
    precision: Precision = "auto"
    device: Device = "auto"
    lenient: Annotated[bool, Parameter(negative="")] = False
    no_gate: Annotated[bool, Parameter(negative="")] = False
    no_lungs: Annotated[bool, Parameter(negative="")] = False
    masks: Literal["none", "rle", "seg"] = "none"


@dataclass(frozen=True)
class WorkChoice:
    """Who reads the films.

    Attributes:
        engine: Processes of this machine, or Ray, here or on a cluster.
        workers: How many processes; one a core where none is named.
        shard: The slice i/n of an array of n jobs that this one does, such as 3/16; all of it where none is named.
        shard_size: Films in a shard; a matter of their number where none is named.
        ray_address: A running Ray cluster; one is started on this machine where none is named.
        ray_gpus: The share of a GPU that each worker holds in a Ray cluster.
    """

    engine: Literal["local", "ray"] = "local"
    workers: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    shard: str = "1/1"
    shard_size: Annotated[int | None, Parameter(validator=Number(gte=1))] = None
    ray_address: str | None = None
    ray_gpus: Annotated[float, Parameter(validator=Number(gte=0))] = 0.0


def batch(
    films: str,
    /,
    *,
    out: str,
    model: Annotated[list[Path] | None, Parameter(negative="")] = None,
    reading: Annotated[ReadingChoice, Parameter(name="*")] = ReadingChoice(),
    work: Annotated[WorkChoice, Parameter(name="*")] = WorkChoice(),
    studies: Annotated[StudyChoice, Parameter(name="*")] = StudyChoice(),  # noqa: B008 - frozen
    as_json: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> int:
    """Read very many films, exactly once each; after a kill of anything, the same command goes on (docs/scale.md).

    The exit code is 0 if every film was read, 2 if any was refused (the others are read all the same), and 1 for an
    error that ends the run. Research use. Not a medical device.

    Parameters
    ----------
    films
        A folder, a list (.txt), a table (.csv, .csv.gz, .parquet), the config file of a PACS (.toml), or a URL of an
        object store such as s3://bucket/films.
    out
        The folder or URL that takes the results: Parquet files, a row a film.
    model
        A model file, a blend of several (TOML), or a name that `pleura models` lists; `default` where none is named.
    as_json
        Print the counts as one line of JSON instead of words.
    """
    _check(work)
    from pleura.batch.inputs import open_source
    from pleura.batch.inputs.places import checked
    from pleura.batch.plan import check_apart, plan
    from pleura.batch.run import run_job
    from pleura.batch.sharding import Slice
    from pleura.batch.store import is_url, without_credentials

    share, named = Slice.parsed(work.shard), one_model(model or [])
    check_apart(films, checked(out, "OUT", "the URL"))
    source = open_source(films, studies)
    say("listing the films")
    job = plan(source, out, _reading(reading, named), work.shard_size)
    ended = run_job(job, lambda job: _engine(job, work), track, share)
    where = f"{without_credentials(out).rstrip('/')}/{ended.place}" if is_url(out) else str(Path(out, ended.place))
    _tell(ended.tally, where, as_json)
    return EXIT_REFUSED if ended.tally.refused else EXIT_OK


def _reading(choice: ReadingChoice, model: Path | None) -> "Reading":
    from pleura.batch.job import Masks, Reading

    return Reading(
        model=model,
        runtime=EngineChoice(choice.runtime, choice.precision, choice.device),
        gate=not choice.no_gate,
        lungs=not choice.no_lungs,
        lenient=choice.lenient,
        masks=Masks(choice.masks),
    )


def _engine(job: "Job", work: WorkChoice) -> "Engine":
    from pleura.batch.local import LocalPool

    if work.engine == "ray":
        from pleura.batch.ray_engine import RayEngine, RayOptions

        return RayEngine(job, work.workers, RayOptions(work.ray_address, work.ray_gpus))
    return LocalPool(job, work.workers or cores())


def _tell(done: "Tally", where: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**done.document(), "see": where}))
        return
    refused = ", ".join(f"{count} {code}" for code, count in done.refused.items())
    said = f", refused: {refused}" if refused else ""
    print(f"{done.read} of {done.films} films read, {done.present} with a pneumothorax{said}: see {where}")


def _check(work: WorkChoice) -> None:
    for module in ("pyarrow", "fsspec"):
        need_extra(module, "batch")
    if work.engine == "ray":
        need_extra("ray", "cluster")
    elif work.ray_address is not None or work.ray_gpus:
        reason = "--ray-address and --ray-gpus are of no use without --engine ray"
        raise PleuraError("usage", reason, "Give it too, or leave them.")
