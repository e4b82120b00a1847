"""Chances of error when many differences are tested at once."""

import math
from collections.abc import Sequence


def holm(chances: Sequence[float]) -> list[float]:
    """Corrected p values in the order given, by the step-down of Holm (Scand J Stat 6:65, 1979).

    Below a level, the chance of even one false finding among all is below that level, however the tests hang
    together. NaN stays NaN and counts as no test.
    """
    known = sorted((p, place) for place, p in enumerate(chances) if not math.isnan(p))
    corrected, highest = [math.nan] * len(chances), 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, (len(known) - rank) * p))
        corrected[place] = highest
    return corrected
