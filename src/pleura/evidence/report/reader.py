"""Who a report is about: one reader, what it said of the films, how good that was, and the films to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pleura.evidence.evaluation import Evaluation

if TYPE_CHECKING:
    from pleura.evidence.evaluate import Judgement
    from pleura.evidence.figures.summary import Summary
    from pleura.evidence.gallery import Shown


@dataclass(frozen=True, eq=False)
class Reader:
    """One reader of the films; of several in one report all are judged on the same films in the same order.

    Attributes:
        judgement: what it said, and what is known of it.
        summary: its figures with intervals, and the strata.
        shown: the films of its galleries.
    """

    judgement: Judgement
    summary: Summary
    shown: Shown

    @property
    def first(self) -> Evaluation:
        """The first run: single films are shown as it decides them."""
        return self.judgement.runs[0]

    @property
    def marked(self) -> str:
        """An asterisk for every figure, where the reader saw films that it is judged on; else nothing."""
        return "*" if self.judgement.warnings else ""


@dataclass(frozen=True)
class Rounds:
    """How the bootstrap was run: how many rounds, and the seed of its draws."""

    count: int = 2000
    seed: int = 0
