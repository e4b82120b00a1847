"""How much two readers differ on the same films."""

from dataclasses import dataclass

from pleura.evidence.figures.estimate import FEW


@dataclass(frozen=True)
class Difference:
    """Second minus first.

    Attributes:
        value: on the films themselves; NaN where undefined.
        low: lower end of the 95 % interval.
        high: upper end.
        p: two-sided, of the permutation test; NaN where undefined.
        cases: films it rests on, as in `Estimate`.
    """

    value: float
    low: float
    high: float
    p: float
    cases: int

    @property
    def few(self) -> bool:
        """Whether it rests on fewer than ten cases."""
        return self.cases < FEW
