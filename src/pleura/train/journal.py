"""What a run leaves beside its checkpoints after every epoch: metrics.jsonl, timing.json and curves.png."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pleura.core.files import write_bytes, write_text
from pleura.evidence.judged import nullable
from pleura.train.curves import curves_png, loss_and_score_axes


@dataclass(frozen=True)
class EpochRecord:
    """One epoch: its losses, its rate, how long it took, and the validation metrics where it was validated.

    A metric that is undefined, as precision where nothing was found, is NaN here and null in metrics.jsonl.
    """

    epoch: int
    stage: int
    resolution: int
    learning_rate: float
    train_loss: float
    films: int
    seconds: float
    step_ms: float
    terms: dict[str, float] = field(default_factory=dict)
    validation: dict[str, float] = field(default_factory=dict)


def write_journal(folder: Path, records: list[EpochRecord]) -> None:
    """Write all three files, each atomically, from the whole history."""
    write_text(folder / "metrics.jsonl", "".join(map(_line, records)))
    write_text(folder / "timing.json", json.dumps(timing(records), indent=1) + "\n")
    write_bytes(folder / "curves.png", _curves(records))


def _line(record: EpochRecord) -> str:
    return json.dumps(asdict(record) | {"validation": nullable(record.validation)}, allow_nan=False) + "\n"


def timing(records: list[EpochRecord]) -> dict[str, float]:
    """Median step in ms, last epoch and total in seconds (validation included), and films a second."""
    steps = sorted(record.step_ms for record in records)
    total = sum(record.seconds for record in records)
    return {
        "step_ms": steps[len(steps) // 2],
        "epoch_s": records[-1].seconds,
        "total_s": total,
        "images_per_s": sum(record.films for record in records) / total,
    }


def _curves(records: list[EpochRecord]) -> bytes:
    figure, losses, scores = loss_and_score_axes("validation score")
    epochs = [record.epoch for record in records]
    judged = [record for record in records if record.validation]
    losses.plot(epochs, [record.train_loss for record in records], label="training")
    losses.plot([r.epoch for r in judged], [r.validation["loss"] for r in judged], label="validation")
    for name in judged[0].validation if judged else ():
        if name != "loss":
            scores.plot([r.epoch for r in judged], [r.validation[name] for r in judged], label=name)
    return curves_png(figure)
