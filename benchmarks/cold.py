"""What a user waits for and pays: a cold start on one film, the light environment's size, peak memory.

`make demo` makes the light environment. `--why` prints what the time of the imports goes into.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from bench_films import bench_films, rg1
from bench_model import model_path
from rows import Row, results_file, show, warn_if_busy, write_rows

from pleura.bench.cold import Child, predict_command, user
from pleura.bench.machine import machine
from pleura.bench.timing import Times, alternate, ratio

ROOT = Path(__file__).parent.parent
LIGHT = ROOT / ".env-light"
ROUNDS = 5
_MOST_START_S, _MOST_INSTALL_MB = 2.5, 750.0
_OFFENDERS = 15
_BARE = "bare libraries"
_BARE_START = """
import sys, cv2, numpy as np
sys.modules["openvino.tools.ovc"] = None  # as pleura does: these tools report over the network
import openvino, pydicom
film = pydicom.dcmread(sys.argv[2]).pixel_array
network = openvino.Core().compile_model(sys.argv[1], "CPU", {"PERFORMANCE_HINT": "LATENCY"})
_, channels, side, _ = network.input(0).partial_shape.get_max_shape()
plane = cv2.resize(film.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
network([np.broadcast_to(plane, (2, channels, side, side)).copy()])
"""


def installed_mb(environment: Path) -> float:
    """Space that an environment takes on disk, in MB of 2**20 bytes; a file with two names counts once."""
    blocks = {}
    for folder, _, names in os.walk(environment):
        for name in names:
            state = (Path(folder) / name).lstat()
            blocks[state.st_dev, state.st_ino] = state.st_blocks * 512
    return sum(blocks.values()) / 2**20


def explain(command: list[str]) -> None:
    """Print the packages whose imports take longest by themselves."""
    traced = [command[0], "-X", "importtime", *command[1:]]
    report = subprocess.run(traced, capture_output=True, text=True, check=True, env=user()).stderr
    spent: defaultdict[str, int] = defaultdict(int)
    for line in report.splitlines():
        parts = line.removeprefix("import time:").split("|")
        if len(parts) == 3 and parts[0].strip().isdigit():
            spent[parts[2].strip().split(".")[0]] += int(parts[0])
    print(f"imports: {sum(spent.values()) / 1e6:.2f} s")
    for name, microseconds in sorted(spent.items(), key=lambda item: -item[1])[:_OFFENDERS]:
        print(f"{microseconds / 1000:8.1f} ms  {name}")


def start_rows(kind: str, times: dict[str, Times], most_s: float | None) -> list[Row]:
    """A cold start of pleura beside that of the libraries alone."""
    where = machine()
    return [
        Row(
            what=f"cold start, {kind}: {name}",
            value=taken.median,
            least=min(taken.seconds),
            most=max(taken.seconds),
            baseline="" if name == _BARE else _BARE,
            ratio=None if name == _BARE else ratio(taken, times[_BARE]),
            most_value=None if name == _BARE else most_s,
            machine=where,
        )
        for name, taken in times.items()
    ]


def _size_row(what: str, megabytes: float, most_mb: float | None = None) -> Row:
    return Row(what, megabytes, megabytes, megabytes, unit="MB", most_value=most_mb, machine=machine())


def main() -> None:
    """Measure and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--why", action="store_true", help="print what the imports cost, and measure nothing")
    options = parser.parse_args()
    if not LIGHT.is_dir():
        sys.exit(f"{LIGHT} is missing: run `make demo` once")
    python = LIGHT / "bin" / "python"
    warn_if_busy()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        if options.why:
            explain(predict_command(rg1(), out, model_path(), python=python))
            return
        films = bench_films(Path(folder))
        ours = Child(predict_command(rg1(), out, model_path(), python=python))
        bare = Child([str(python), "-c", _BARE_START, str(model_path()), str(rg1())])
        rows = start_rows("RG1", alternate({"pleura predict": ours, _BARE: bare}, options.rounds), _MOST_START_S)
        large = Child(predict_command(films["3000 DICOM, 14 bits, from RG1"], out, model_path(), python=python))
        large()
    rows += [
        _size_row("light environment on disk, with pydicom-data", installed_mb(LIGHT), _MOST_INSTALL_MB),
        _size_row("peak memory, pleura predict, RG1", ours.peak_mb),
        _size_row("peak memory, bare libraries, RG1", bare.peak_mb),
        _size_row("peak memory, pleura predict, 3000 x 3000", large.peak_mb),
    ]
    show(rows)
    write_rows(results_file("cold"), rows)


if __name__ == "__main__":
    main()
