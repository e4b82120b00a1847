"""The exact interval of a share."""


def exact_interval(hits: float, total: int) -> tuple[float, float]:
    """The exact 95 % interval of `hits` of `total`, at least one (Clopper and Pearson, Biometrika 26:404, 1934).

    Its ends are quantiles of beta distributions, in which hits need not be whole, as a mean over draws is not.
    """
    from scipy.stats import beta  # an extra: whoever predicts has no use for it

    low = float(beta.ppf(0.025, hits, total - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, total - hits)) if hits < total else 1.0
    return low, high
