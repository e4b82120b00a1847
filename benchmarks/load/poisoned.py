"""Ten films that end decoders, stall them or are damaged, among sound ones: they alone fail."""

from collections.abc import Iterator

from load.films import poison
from load.lines import Line
from load.plan import Bench
from load.service import running
from load.traffic import endless, open_loop, quantile, seconds_of, settled, steady

_SHARE = 0.4
_NAME = "ten poison films among sound ones"


def measure(bench: Bench) -> list[Line]:
    """Poison comes in between sound films, all along."""
    rate = _SHARE * bench.basis.films_a_second
    films = poison()
    count = max(int(rate * bench.plan.poison), 2 * len(films))
    step = count // len(films)
    places = dict(zip(range(0, step * len(films), step), films.values(), strict=True))

    def mixed() -> Iterator[bytes]:
        sound = endless(bench.supply)
        for number in range(count):
            yield places.get(number) or next(sound)

    with running() as serving:
        sent = open_loop(serving, mixed(), steady(rate, count / rate + 1))
        ends = settled(serving)
    bad = [one for number, one in enumerate(sent) if number in places]
    good = [one for number, one in enumerate(sent) if number not in places]
    refused = [ends[one.job] for one in bad if one.job in ends and ends[one.job].status in ("refused", "failed")]
    named = {ended.code for ended in refused}
    read = sum(one.job in ends and ends[one.job].status == "done" for one in good)
    return [
        Line(_NAME, "sound films sent", len(good)),
        Line(_NAME, "of them not read", len(good) - read, least=0, most=0),
        Line(_NAME, "poison films refused by name", len(refused), least=len(films), most=len(films)),
        Line(_NAME, f"kinds of refusal ({', '.join(sorted(str(code) for code in named))})", len(named)),
        Line(_NAME, "sound films, sent to done, p99", quantile(seconds_of(good, ends), 0.99), "s"),
    ]
