"""What each ingredient of the default recipe is worth: one thing changed at a time, several seeds, paired.

    python benchmarks/ablation.py --stage2 FOLDER --labelled FOLDER --work FOLDER [--start-from CHECKPOINT]

With --start-from every variant trains one network further, which takes less time to show a difference than a start
from ImageNet, but favours what that network was trained with. What was done already is taken from --work. Writes the
table in docs/experiments.md.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from recipes import add_films, films_from
from rows import put_between_markers
from trial import DONE, MODEL, Films, Outcome, judge_model, load_outcome, outcome_of, save_outcome

from pleura.core.recipe import System, load_recipe, parse_recipe
from pleura.data.groups import film_groups
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.facts import film_facts
from pleura.evidence.figures.paired import Difference, differences
from pleura.runtime import read_model, with_spec

PLAIN = "plain"
_EMA = 0.98
"""The moving average is shorter than the recipe's, since the run is."""

_STEP = 32
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    PLAIN: ("3 BCE + Dice, soft edge of 8 px, as many negatives as positives, EMA, flip", {}),
    "sharp": ("targets with hard edges", {"target": {"blur_px": 0.0}}),
    "grown": ("targets grown by 8 px", {"target": {"grow_px": 8.0}}),
    "even-loss": ("BCE and Dice 1 : 1", {"loss": {"bce": 1.0}}),
    "focal": ("3 BCE + Dice + 4 focal, the weights of place 1", {"loss": {"focal": 4.0}}),
    "tversky": ("focal Tversky instead of Dice", {"loss": {"dice": 0.0, "focal_tversky": 1.0}}),
    "lovasz": ("Lovasz hinge instead of Dice", {"loss": {"dice": 0.0, "lovasz": 1.0}}),
    "positive-weight": ("pixels of a pneumothorax count three times", {"loss": {"positive_weight": 3.0}}),
    "fewer-negatives": ("positive rate .8", {"stage": {"positive_rate": 0.8}, "longer": 1.6}),
    "falling-rate": ("positive rate .8 to .3", {"stage": {"positive_rate": 0.8, "positive_rate_end": 0.3}}),
    "hard-negatives": ("half the negatives hard ones", {"stage": {"hard_negatives": 0.5}}),
    "finer": ("one and a half times as fine", {"finer": 1.5}),
    "declared": ("no contrast step", {"input": {"contrast": {"kind": "declared"}}}),
    "clahe": ("CLAHE, clip 2, 8 x 8", {"input": {"clahe": {"clip": 2.0, "tiles": 8}}}),
    "dropout": ("dropout .4 to .1 by depth", {"network": {"dropout": [0.4, 0.3, 0.3, 0.2, 0.1, 0.1]}}),
    "scse": ("scSE attention", {"network": {"attention": "scse"}}),
    "label-head": ("a label head, weight .1", {"network": {"label": True}, "loss": {"label": 0.1}}),
    "no-ema": ("no moving average", {"optimiser": {"ema": 0.0}}),
    "no-flip": ("no test-time flip", {"decision": {"tta": "none"}}),
    "threshold": ("one threshold and removal instead of the triplet", {"decision": {"rule": "threshold"}}),
}
_EXPERIMENTS = Path(__file__).parents[1] / "docs" / "experiments.md"
_SHOWN = ("siim_dice", "dice_positives", "pooled_f1", "auroc")


@dataclass(frozen=True)
class Cost:
    """What each variant is given: side, epochs, rate, and the checkpoint that it starts from, if any."""

    side: int
    epochs: int
    learning_rate: float
    start_from: Path | None

    def words(self) -> str:
        """The same for the table's readers."""
        start = "ImageNet" if self.start_from is None else "one trained network"
        return f"{self.side} px, epochs: {self.epochs}, learning rate from {self.learning_rate:g}, from {start}"


def variant(name: str, seed: int, cost: Cost) -> System:
    """The default recipe with one thing changed, in one stage."""
    content = load_recipe("default").model_dump(mode="json")
    changes = VARIANTS[name][1]
    side = round(cost.side * changes.get("finer", 1.0) / _STEP) * _STEP
    epochs = round(cost.epochs * changes.get("longer", 1.0))
    stage = {
        "resolution": side,
        "epochs": epochs,
        "learning_rate": cost.learning_rate,
        "batch": 8,
        "positive_rate": 0.5,
    }
    content |= {"name": f"ablation-{name}", "seed": seed, "stages": [stage | changes.get("stage", {})]}
    content["optimiser"]["ema"] = _EMA
    content["validation"]["every"] = epochs
    for table, keys in changes.items():
        if table not in ("stage", "finer", "longer"):
            content[table] = (content[table] or {}) | keys
    return System.of(parse_recipe(content, name))


def _outcome(name: str, seed: int, films: Films, work: Path, cost: Cost) -> Outcome:
    """A variant, trained; one that decides otherwise on the same maps is the plain one under another decision."""
    system, folder = variant(name, seed, cost), work / f"{name}-{seed}"
    if set(VARIANTS[name][1]) != {"decision"}:
        return outcome_of(system, films, folder, cost.start_from)
    if not (folder / DONE).exists():
        plain = read_model(work / f"{PLAIN}-{seed}" / MODEL)
        other = with_spec(plain, plain.spec.model_copy(update={"decision": system.decision}), folder / MODEL)
        save_outcome(judge_model(other.path, films), folder / DONE)
    return load_outcome(folder / DONE)


def table(films: Films, work: Path, seeds: list[int], cost: Cost) -> str:
    """One row a variant whose seeds are all judged: its figures, and its difference from the plain one."""
    lines = [
        f"Seeds: {len(seeds)}; {cost.words()}.",
        "",
        "| change | siim_dice | dice_positives | pooled F1 | AUROC | `labelled`: dice_positives |",
        "|---|---|---|---|---|---|",
    ]
    plain = _all_seeds([work / f"{PLAIN}-{seed}" for seed in seeds], films)
    held, labelled = (
        (film_facts(dataset, runs[0].films), film_groups(dataset, runs[0].films))
        for dataset, runs in zip((films.stage2, films.labelled), plain, strict=True)
    )
    for name, (words, _) in VARIANTS.items():
        folders = [work / f"{name}-{seed}" for seed in seeds]
        if not all((folder / DONE).exists() for folder in folders):
            continue
        mine = _all_seeds(folders, films)
        if name == PLAIN:
            cells = [_mean(mine[0], figure) for figure in _SHOWN] + [_mean(mine[1], "dice_positives")]
        else:
            found = differences(plain[0], mine[0], *held)
            cells = [_cell(found[figure]) for figure in _SHOWN]
            cells.append(_cell(differences(plain[1], mine[1], *labelled)["dice_positives"]))
        lines.append(f"| {words} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _all_seeds(folders: list[Path], films: Films) -> tuple[list[Evaluation], list[Evaluation]]:
    """Each seed's run, judged on the hold-out and on `labelled`."""
    every = [load_outcome(folder / DONE).evaluations(films) for folder in folders]
    return [holdout for holdout, _ in every], [labelled for _, labelled in every]


def _mean(runs: list[Evaluation], figure: str) -> str:
    return f"{np.mean([run.judged.figures()[figure] for run in runs]):.3f}"


def _cell(found: Difference) -> str:
    shown = "**" if found.low > 0 or found.high < 0 else ""
    return f"{shown}{found.value:+.3f}{shown} ({found.low:+.3f} to {found.high:+.3f})"


def main() -> None:
    """Train and judge, one variant after the other and seed by seed, and write the table after each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_films(parser)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), help="these variants")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--start-from", type=Path, help="a checkpoint of the default recipe's network")
    options = parser.parse_args()
    films = films_from(options)
    cost = Cost(options.side, options.epochs, options.learning_rate, options.start_from)
    for seed in options.seeds:
        for name in options.only or VARIANTS:
            outcome = _outcome(name, seed, films, options.work, cost)
            figures = outcome.holdout.figures()
            print(name, seed, {figure: round(figures[figure], 3) for figure in _SHOWN}, flush=True)
        if (options.work / f"{PLAIN}-{options.seeds[-1]}" / DONE).exists():
            put_between_markers(_EXPERIMENTS, table(films, options.work, options.seeds, cost), "ablation")


if __name__ == "__main__":
    main()
