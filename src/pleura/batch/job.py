"""What every worker of a batch has to know, and what names its results."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pleura.batch.inputs.source import Source
from pleura.batch.manifest import Listing
from pleura.batch.sharding import shard_name
from pleura.predict import Predictor
from pleura.runtime import EngineChoice

THREADS = 1
"""Of a worker's network: how a sum is split among threads changes its last bits, and the bytes must not change."""
MANIFEST, RECORD = "manifest.parquet", "run.json"
_PACKAGES = (
    "highdicom",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pleura",
    "pyarrow",
    "pydicom",
    "pyjpegls",
    "pylibjpeg",
    "pylibjpeg-openjpeg",
    "pylibjpeg-rle",
    "python-gdcm",
)
"""What decodes films, computes on their pixels or writes results; another version may give other bytes."""
_RUNTIMES = {"openvino": "openvino", "onnxruntime": "onnxruntime"}
_SHOWN = 12
_RUN = re.compile(r"run-[0-9a-f]{12}")


class Masks(StrEnum):
    """How masks are kept: not at all, as run-length code in the rows, or as DICOM SEG files beside them."""

    NONE = "none"
    RLE = "rle"
    SEG = "seg"


@dataclass(frozen=True)
class Reading:
    """How films are read, as it was asked for.

    Attributes:
        model: the model file or blend; None for the one inside this package.
        runtime: what runs its networks, and in which arithmetic.
        gate: whether films pass the gate first.
        lungs: whether the hemithoraces are looked for on a film with a finding.
        lenient: whether DICOM files without the preamble are read too.
        masks: how masks are kept.
    """

    model: Path | None = None
    runtime: EngineChoice = EngineChoice(threads=THREADS)  # noqa: RUF009 - frozen
    gate: bool = True
    lungs: bool = True
    lenient: bool = False
    masks: Masks = Masks.NONE


@dataclass(frozen=True)
class Settings:
    """All that a row depends on beside its film; two runs with equal settings give equal rows."""

    model_name: str
    model_version: str
    model_sha256: str
    gate_sha256: str | None
    lungs_sha256: str | None
    runtime: str
    device: str
    precision: str
    lenient: bool
    masks: Masks
    versions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, predictor: Predictor, reading: Reading) -> "Settings":
        """The settings of films that this predictor reads.

        Raises:
            ModelFileError: the model for the lungs is missing.
        """
        packages = (*_PACKAGES, _RUNTIMES[predictor.engine])
        return cls(
            model_name=predictor.identity.name,
            model_version=predictor.identity.version,
            model_sha256=predictor.identity.sha256,
            gate_sha256=None if predictor.gate is None else predictor.gate.sha256,
            lungs_sha256=predictor.lungs_sha256,
            runtime=predictor.engine,
            device=predictor.device,
            precision=predictor.precision,
            lenient=reading.lenient,
            masks=reading.masks,
            versions=tuple((name, version(name)) for name in packages),
        )

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "masks": self.masks.value, "versions": dict(self.versions)}

    @property
    def sha256(self) -> str:
        """Of the settings: equal where equal films get equal rows."""
        return _digest(self.document())


@dataclass(frozen=True)
class Job:
    """One input read with one model: what a worker, wherever it runs, has to know.

    Attributes:
        source: where the films come from.
        out: the folder or URL that takes the results of this and of other runs.
        reading: how films are read; nothing in it is left to the machine that reads.
        settings: what the rows depend on.
        run: the name of this run's folder in `out`; it differs where any film or setting does.
        films: how many there are.
        size: films in a shard.
        earlier: runs with the same settings whose rows are taken over, where a film is the same.
    """

    source: Source
    out: str
    reading: Reading
    settings: Settings
    run: str
    films: int
    size: int
    earlier: tuple[str, ...] = ()

    @property
    def manifest(self) -> str:
        """The name of the manifest."""
        return manifest_of(self.run)

    @property
    def results(self) -> str:
        """The folder of the shards."""
        return results_of(self.run)

    def shard(self, index: int) -> str:
        """The name of a shard."""
        return f"{self.results}/{shard_name(index)}"

    def seg(self, sha256: str) -> str:
        """The name of a film's SEG file; runs share it where it would be the same."""
        return f"seg/{self.settings.sha256[:_SHOWN]}/{sha256[:2]}/{sha256}.seg.dcm"


def manifest_of(run: str) -> str:
    """The name of a run's manifest."""
    return f"{run}/{MANIFEST}"


def results_of(run: str) -> str:
    """The folder of a run's shards."""
    return f"{run}/results"


def record_of(run: str) -> str:
    """The name of the file that says what a run reads, and how."""
    return f"{run}/{RECORD}"


def summary_of(run: str) -> str:
    """The name of the file that says what came of a run, once all of it is done."""
    return f"{run}/summary.json"


def is_run(name: str) -> bool:
    """Whether a folder is that of a run."""
    return _RUN.fullmatch(name) is not None


def run_name(listing: Listing, settings: Settings) -> str:
    """The name of a run: it says by what content and what model, and nothing of when and where."""
    return f"run-{_digest([listing.sha256, listing.size, settings.sha256])[:_SHOWN]}"


def _digest(plain: Any) -> str:  # noqa: ANN401 - any JSON value
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode("ascii")).hexdigest()
