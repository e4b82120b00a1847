"""The exact interval of a share."""


def exact_interval(hits: int, total: int) -> tuple[float, float]:
    """The exact 95 % interval of `hits` of `total`, at least one (Clopper and Pearson, Biometrika 26:404, 1934)."""
    from scipy.stats import binomtest  # an extra: whoever predicts has no use for it

    found = binomtest(hits, total).proportion_ci(0.95, method="exact")
    return float(found.low), float(found.high)
