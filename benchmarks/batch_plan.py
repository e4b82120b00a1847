"""A hundred million films on paper: formulas over the measured figures and over prices that are assumed and stated.

Every assumption stands in `Assumed`; put in your own and run `python benchmarks/batch.py --tables`.
"""

from dataclasses import dataclass

from rows import read_rows, results_file


@dataclass(frozen=True)
class Assumed:
    """What nobody measured here.

    Attributes:
        films: how many there are.
        megabytes: of a film as it lies in the store.
        row_kilobytes: of a film's row, compressed (measured on the shards of batch_memory.py).
        days: in which all are to be read.
        used: share of the time that a rented core or GPU is at work.
        core_hour, core_hour_spot: dollars.
        gpu_hour, gpu_hour_spot: dollars, of a GPU of the class of an L4 with `gpu_cores` cores.
        gpu_cores: cores beside a GPU.
        gpu_film_s: seconds of a GPU for the networks of a film.
        get_million, put_million: dollars for a million requests.
        gigabyte_month: dollars for keeping a gigabyte.
        machine_cores: of one machine.
    """

    films: float = 1e8
    megabytes: float = 8.0
    row_kilobytes: float = 2.0
    days: float = 7.0
    used: float = 0.9
    core_hour: float = 0.045
    core_hour_spot: float = 0.015
    gpu_hour: float = 0.80
    gpu_hour_spot: float = 0.30
    gpu_cores: int = 8
    gpu_film_s: float = 0.008
    get_million: float = 0.40
    put_million: float = 5.0
    gigabyte_month: float = 0.023
    machine_cores: int = 64


_NETWORKS = ("network", "gate", "lungs")
_A_SHARD = 1000


def plan_table(assumed: Assumed) -> str:
    """The plan as a Markdown table; `t` and `r` are from results/batch_pool.csv, the rest from `assumed`."""
    seconds = {row.what.removeprefix("batch: "): row.value for row in read_rows(results_file("batch_pool"))}
    t = seconds["the whole, a film of one worker"]
    r = t - sum(seconds.get(f"stage {network}", 0.0) for network in _NETWORKS)
    # Decoding runs beside the rest on a CPU that has nothing better to do; here the cores are full.
    r += seconds["stage fetch"] + seconds["stage decode"]
    lines = ["| what | formula | on CPU | on GPU |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(cells)} |" for cells in (*_time(assumed, t, r), *_flow(assumed, t, r))]
    return "\n".join(lines)


def _time(a: Assumed, t: float, r: float) -> list[tuple[str, str, str, str]]:
    gpu = max(a.gpu_film_s, r / a.gpu_cores)
    cpu_hours, gpu_hours = (a.films * each / 3600 / a.used for each in (t, gpu))
    machines = cpu_hours / 24 / a.days / a.machine_cores
    cards = gpu_hours / 24 / a.days
    million = 1e6 / 3600 / a.used
    cpu, card = (f"${million * each:,.0f}" for each in (t * a.core_hour, gpu * a.gpu_hour))
    spot, card_spot = (f"${million * each:,.0f}" for each in (t * a.core_hour_spot, gpu * a.gpu_hour_spot))
    return [
        ("seconds a film", "core: t; GPU: max(g, r / 8)", f"{t:.3f} of a core", f"{gpu:.4f} of a GPU with 8 cores"),
        ("hours", "films x seconds / 3600 / .9", f"{cpu_hours:,.0f} of a core", f"{gpu_hours:,.0f} of a GPU"),
        (f"machines for {a.days:g} days", "hours / 24 / days", f"{machines:.1f} of 64 cores", f"{cards:.1f} GPUs"),
        ("a million films, on demand", "hours x price", cpu, card),
        ("a million films, spot", "hours x price", spot, card_spot),
    ]


def _flow(a: Assumed, t: float, r: float) -> list[tuple[str, str, str, str]]:
    """What passes through networks and stores; most of it is the same whatever reads the films."""
    cpu_rate, gpu_rate = a.machine_cores / t * a.used, 1 / max(a.gpu_film_s, r / a.gpu_cores) * a.used
    flows = [f"{rate * a.megabytes * 8 / 1000:.1f} Gbit/s ({rate:.0f} films/s)" for rate in (cpu_rate, gpu_rate)]
    shards = a.films / _A_SHARD
    requests = a.films / 1e6 * a.get_million + shards / 1e6 * a.put_million
    kept = a.films * a.row_kilobytes / 1e6
    commits = shards / (a.days * 86400)
    return [
        ("into one machine", "films/s x MB x 8", *(flows[0], flows[1])),
        ("out of the store", "films x MB", f"{a.films * a.megabytes / 1e6:,.0f} TB", "the same"),
        ("requests", "GET a film, PUT a shard", f"${requests:,.0f} in all", "the same"),
        ("shards", "films / 1000", f"{shards:,.0f}, {commits:.2f} commits a second", "the same"),
        ("results", "films x 2 kB", f"{kept:,.0f} GB, ${kept * a.gigabyte_month:.0f} a month", "the same"),
    ]
