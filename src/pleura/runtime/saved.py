"""The engine that `pleura bench --save` found best on this machine, in the user's config file.

```toml
[engine]
engine = "openvino"
precision = "bfloat16"
device = "cpu"
threads = 2
batch = 2
model = "default 1.0"       # what it was measured with

[engine.machine]
processor = "a CPU"
cores = 2
packages = { openvino = "2026.4.0", onnxruntime = "1.31.0" }
```
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from pleura.core.config_file import read_config_file
from pleura.core.errors import PleuraError
from pleura.core.files import write_text
from pleura.core.processor import cores, processor
from pleura.core.recipe.writing import to_toml
from pleura.core.strict import Strict
from pleura.runtime.engine import EngineChoice

VARIABLE = "PLEURA_CONFIG"
"""Names the user's config file; else it is pleura/config.toml in $XDG_CONFIG_HOME, which is ~/.config if not set."""

_ENGINES = ("onnxruntime", "onnxruntime-gpu", "openvino")
_REMEDY = "Run `pleura bench --save` again, or remove the file."
Count = Annotated[int, Field(ge=1)]


class Fingerprint(Strict):
    """What a recommendation holds for: another CPU, core count or version of an engine may have another best."""

    processor: str
    cores: Count
    packages: dict[str, str]

    @classmethod
    def here(cls) -> "Fingerprint":
        """Of this machine and installation."""
        return cls(processor=processor(), cores=cores(), packages=dict(_installed()))


class SavedEngine(Strict):
    """How to run networks on one machine, as measured with one model.

    Attributes:
        engine: what runs them.
        precision: arithmetic.
        device: where.
        threads: CPU threads.
        batch: films that go through the network at once, where several are read.
        model: name and version of the model that it was measured with.
        machine: where it was measured.
    """

    engine: Literal["openvino", "onnxruntime"]
    precision: Literal["float32", "bfloat16"]
    device: Literal["cpu", "cuda"]
    threads: Count
    batch: Count
    model: str
    machine: Fingerprint

    @property
    def choice(self) -> EngineChoice:
        """The same as one asks for it by hand."""
        return EngineChoice(self.engine, self.precision, self.device, self.threads)

    @property
    def is_of_here(self) -> bool:
        """Whether it was measured on this machine with the engines as they are installed now."""
        return self.machine == Fingerprint.here()

    def __str__(self) -> str:
        way = f"{self.engine}, {self.precision}, {self.device}, {self.threads} thread(s)"
        return f"{way}, {self.batch} film(s) at once"


class UserConfig(Strict):
    """What stands in the user's config file."""

    engine: SavedEngine | None = None


class ConfigError(PleuraError):
    """The user's config file cannot be read, or says what makes no sense."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__("config", f"{path}: {reason}", remedy)


def _installed() -> Iterator[tuple[str, str]]:
    """Versions of what engines come in: ONNX Runtime has another package where it is built for GPUs."""
    for name in _ENGINES:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def config_path() -> Path | None:
    """The user's config file, which need not exist; None where nothing says where it would be."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    try:
        home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    except RuntimeError:
        return None  # In a container a user may have a number alone, and no home.
    return home / "pleura" / "config.toml"


def saved_engine() -> SavedEngine | None:
    """The engine in the user's config file, of whatever machine; None where there is no such file or entry.

    Raises:
        ConfigError: the file cannot be read, is no TOML, or a key or value makes no sense.
    """
    path = config_path()
    if path is None or not path.exists():
        return None
    return read_config_file(UserConfig, path, ConfigError, _REMEDY).engine


def save_engine(engine: SavedEngine) -> Path:
    """Write the user's config file, and give its path.

    Raises:
        ConfigError: this user has no home, and nothing names the file.
        OSError: it cannot be written.
    """
    path = config_path()
    if path is None:
        raise ConfigError(Path("~"), "this user has no home folder", f"Name a file in the variable {VARIABLE}.")
    write_text(path, to_toml(UserConfig(engine=engine).model_dump(mode="json")))
    return path
