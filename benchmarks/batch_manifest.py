"""What a long list of films costs before the first is read: its manifest written and what is left of it found.

    python benchmarks/batch_manifest.py [--films 10000000]

The table names films that are not there, in no order, with size and etag, as a store's own inventory does.
"""

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from batch_films import tiny_model

from pleura.batch.drive import left
from pleura.batch.inputs import open_source
from pleura.batch.job import Reading
from pleura.batch.plan import plan
from pleura.batch.sharding import Slice
from pleura.batch.store import open_store

_SCHEMA = pa.schema([("film", pa.string()), ("id", pa.string()), ("size", pa.int64()), ("etag", pa.string())])
_AT_ONCE = 500_000


def write_inventory(path: Path, films: int) -> None:
    """A table of so many films under drawn names."""
    draw = random.Random(0)
    with pq.ParquetWriter(path, _SCHEMA) as writer:
        for start in range(0, films, _AT_ONCE):
            numbers = range(start, min(films, start + _AT_ONCE))
            names = [f"{draw.randrange(10**12):012d}-{number:09d}" for number in numbers]
            places, sizes = [f"s3://films/site/{name}.dcm" for name in names], [8 << 20] * len(names)
            columns = {"film": places, "id": names, "size": sizes, "etag": [name[:12] for name in names]}
            writer.write_table(pa.table(columns, schema=_SCHEMA))


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=10_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table, reading = folder / "films.parquet", Reading(model=tiny_model(folder), gate=False, lungs=False)
        write_inventory(table, options.films)
        start, worked = time.perf_counter(), time.process_time()
        job = plan(open_source(str(table)), str(folder / "out"), reading)
        planned, worked = time.perf_counter() - start, time.process_time() - worked
        start = time.perf_counter()
        shards = left(job, open_store(job.out), Slice())
        found = time.perf_counter() - start
        manifest = next((folder / "out").rglob("manifest.parquet")).stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"{job.films} films: manifest {planned:.1f} s ({worked:.1f} s of CPU), {manifest / 1e6:.0f} MB")
    print(f"{len(shards)} shards left, found in {found:.2f} s; memory at most {peak} MB")


if __name__ == "__main__":
    main()
