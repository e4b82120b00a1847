"""Which charts a run's history makes: the monitored metric, losses, scores, the learning rate and the pace."""

import math
from collections.abc import Sequence
from itertools import pairwise

from pleura.output.page.line_chart import Chart, Line, Mark
from pleura.train.journal import EpochRecord

_GROUPS = (
    ("Dice by film", ("siim_dice", "dice_positives", "dice_positives_median", "empty_correct")),
    ("Pixels of all films", ("pooled_iou", "pooled_f1", "pooled_precision", "pooled_recall", "pooled_accuracy")),
    ("Telling films apart", ("auroc", "ap", "kaggle_iou")),
)
_SHORT_RANGE = 20.0
"""A learning rate that falls further than this is drawn in powers of ten."""


def best_record(records: Sequence[EpochRecord], monitor: str) -> EpochRecord | None:
    """The earliest epoch with the best defined value of the monitored metric, or None where there is none."""
    sign = 1.0 if monitor == "loss" else -1.0
    known = [record for record in records if not math.isnan(record.validation.get(monitor, math.nan))]
    return min(known, key=lambda record: (sign * record.validation[monitor], record.epoch), default=None)


def charts(records: Sequence[EpochRecord], monitor: str) -> list[Chart]:
    """Every chart of a run; epochs are counted from 1, as people do."""
    best = best_record(records, monitor)
    marks = [*stage_marks(records)]
    if best is not None:
        marks.append(Mark(best.epoch + 1, "best", "best"))
    span = (records[0].epoch + 1, records[-1].epoch + 1)

    def chart(
        title: str, lines: Sequence[Line], limits: tuple[float, float] | None = None, log: bool = False
    ) -> Chart:
        return Chart(title, lines, span, marks, limits, log)

    training = Line("training", [(record.epoch + 1, record.train_loss) for record in records])
    found = [
        chart(f"Monitored: {monitor}", [validated(monitor, records)]),
        chart("Loss", [training, validated("loss", records, "validation")]),
    ]
    terms = list(dict.fromkeys(name for record in records for name in record.terms))
    if len(terms) > 1:
        found.append(chart("Loss terms, before their weights", [_term(name, records) for name in terms]))
    names = list(dict.fromkeys(name for record in records for name in record.validation if name != "loss"))
    found += [
        chart(title, [validated(name, records) for name in group if name in names], limits=(0.0, 1.0))
        for title, group in (*_GROUPS, ("Other scores", _ungrouped(names)))
        if set(group) & set(names)
    ]
    rate, falls = _rate(records)
    return [*found, chart("Learning rate", [rate], log=falls), chart("Pace, validation included", [_pace(records)])]


def stage_marks(records: Sequence[EpochRecord]) -> list[Mark]:
    """Where each stage but the first begins; none where there is but one."""
    return [
        Mark(later.epoch + 0.5, f"stage {later.stage + 1} · {later.resolution} px")
        for earlier, later in pairwise(records)
        if later.stage != earlier.stage
    ]


def validated(metric: str, records: Sequence[EpochRecord], name: str | None = None) -> Line:
    """A metric over the epochs that were validated."""
    return Line(name or metric, [(r.epoch + 1, r.validation[metric]) for r in records if metric in r.validation])


def _term(name: str, records: Sequence[EpochRecord]) -> Line:
    return Line(name, [(record.epoch + 1, record.terms.get(name, math.nan)) for record in records])


def _ungrouped(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not any(name in group for _, group in _GROUPS))


def _rate(records: Sequence[EpochRecord]) -> tuple[Line, bool]:
    """The learning rate, and whether it falls so far that powers of ten show it better."""
    rates = [record.learning_rate for record in records if record.learning_rate > 0]
    line = Line("at the end of the epoch", [(record.epoch + 1, record.learning_rate) for record in records])
    return line, bool(rates) and max(rates) / min(rates) > _SHORT_RANGE


def _pace(records: Sequence[EpochRecord]) -> Line:
    return Line("films/s", [(r.epoch + 1, r.films / r.seconds if r.seconds > 0 else math.nan) for r in records])
