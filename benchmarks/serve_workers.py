"""Films a second and seconds of one film alone, for numbers of workers and of threads of each, in turn.

    python benchmarks/serve_workers.py [--ways 2x2 2x1 1x2 3x1] [--rounds 2]

Other than serve_load.py it writes no table: the default follows from both figures, and from what a site wants more.
"""

import argparse
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from load.films import Supply, films_of_a_day
from load.plan import AT_ONCE, one_at_a_time, warm_up
from load.service import Serving, until
from load.traffic import closed_loop
from rows import warn_if_busy

SINGLES, SATURATION_S = 15, 30.0


def measured(workers: int, threads: int, supply: Supply) -> tuple[float, float]:
    """Films a second at saturation, and the middle time of one film at a time."""
    with TemporaryDirectory(prefix="load-") as place:
        serving = Serving(Path(place), None, f"[workers]\ncount = {workers}\nthreads = {threads}\n")
        try:
            serving.start()
            until(lambda: f"pleura_workers_ready {workers}.0" in serving.http.get("/metrics").text)
            warm_up(serving, supply)
            alone = one_at_a_time(serving, supply, SINGLES)
            begin = time.time()
            ends = closed_loop(serving, supply, AT_ONCE, SATURATION_S)
        finally:
            serving.stop()
    first, last = begin + SATURATION_S / 10, begin + SATURATION_S
    done = sum(ended.status == "done" and first <= ended.at <= last for ended in ends.values())
    return done / (last - first), statistics.median(alone)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ways", nargs="+", default=["2x2", "2x1", "1x2", "3x1"])
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    warn_if_busy()
    supply, _ = films_of_a_day()
    for _ in range(options.rounds):
        for way in options.ways:
            workers, threads = map(int, way.split("x"))
            rate, alone = measured(workers, threads, supply)
            print(f"{workers} workers of {threads} threads: {rate:.2f} films/s, {alone:.3f} s alone", flush=True)


if __name__ == "__main__":
    main()
