"""Every shipped recipe at one small budget: the same time on one core, the same films, the same encoder.

    python benchmarks/recipes.py --stage2 FOLDER --labelled FOLDER [--unlabelled FOLDER] [--lungs MODEL] --work FOLDER
        [--encoder-from CHECKPOINT]

The folders are those that `pleura prepare` made. What was done already is taken from --work, so that it goes on where
it was cut off. With --encoder-from all recipes start from one encoder that has seen such films before: from
ImageNet a few minutes teach too little to tell them apart. Writes the table in docs/experiments.md and
src/pleura/recipes/measured.json.
"""

import argparse
import dataclasses
import json
from pathlib import Path

from rows import put_between_markers
from trial import DONE, WEIGHTS, Films, Outcome, fit_time, load_outcome, outcome_of, save_encoder, within

from pleura.core.files import write_text
from pleura.core.recipe import SHIPPED, System, load_system, shipped_names
from pleura.data import Dataset, load_dataset
from pleura.data.groups import film_groups
from pleura.evidence.evaluation import Evaluation
from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.figures.facts import film_facts
from pleura.evidence.figures.summary import estimates

SIDE, SEED = 256, 1
_WATCHED = 100
_LEFT_OUT = ("smoke", "lungs")
"""A test of the way, and a network for something else."""
_EXPERIMENTS = Path(__file__).parents[1] / "docs" / "experiments.md"
_SHOWN = ("siim_dice", "dice_positives", "pooled_f1", "empty_correct", "auroc")


def settled(name: str, films: Films, seconds: float, folder: Path, weights: str = WEIGHTS) -> System:
    """The recipe as it is trained here; kept, so that a second call trains the very same."""
    kept = folder / "system.json"
    if not kept.exists():
        system = fit_time(within(load_system(name), SIDE, SEED, weights), films, seconds, folder)
        write_text(kept, system.model_dump_json(indent=1) + "\n")
    return System.model_validate_json(kept.read_text("utf-8"))


def _lacks(system: System, films: Films) -> str:
    """The option without which a recipe cannot be trained, or nothing."""
    recipes = [part.recipe for part in system.parts]
    if films.lungs is None and any(recipe.input.lung_crop is not None for recipe in recipes):
        return "--lungs"
    if films.unlabelled is None and any(recipe.consistency is not None for recipe in recipes):
        return "--unlabelled"
    return ""


def table(names: list[str], films: Films, work: Path) -> str:
    """One row a recipe that was judged."""
    lines = [
        "| recipe | films seen, minutes | hold-out: siim_dice | dice_positives | pooled F1 | empty_correct | AUROC "
        "| `labelled`: dice_positives | pooled F1 | AUROC |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in names:
        if (work / name / DONE).exists():
            lines.append(_row(name, load_outcome(work / name / DONE), films, work / name))
    return "\n".join(lines)


def _row(name: str, outcome: Outcome, films: Films, folder: Path) -> str:
    held, labelled = intervals(outcome, films)
    cells = [_cell(held[figure]) for figure in _SHOWN]
    cells += [_cell(labelled[figure]) for figure in ("dice_positives", "pooled_f1", "auroc")]
    return f"| {name} | {in_all(folder, 'films'):.0f}, {in_all(folder, 'seconds') / 60:.1f} | {' | '.join(cells)} |"


def in_all(folder: Path, what: str) -> float:
    """A sum over the epochs of all networks of a trial: the `films` they were shown, the `seconds` they took.

    From their journals, which count every epoch once, however often the trial was cut off.
    """
    journals = (folder / "run").rglob("metrics.jsonl")
    return sum(json.loads(line)[what] for journal in journals for line in journal.read_text("utf-8").splitlines())


def intervals(outcome: Outcome, films: Films) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
    """Figures with their intervals, on the hold-out and on `labelled`."""
    holdout, labelled = outcome.evaluations(films)
    return _estimates(holdout, films.stage2), _estimates(labelled, films.labelled)


def _estimates(judged: Evaluation, dataset: Dataset) -> dict[str, Estimate]:
    return estimates([judged], film_facts(dataset, judged.films), film_groups(dataset, judged.films))


def _cell(found: Estimate) -> str:
    return f"{_short(found.value)} ({_short(found.low)} to {_short(found.high)})"


def _short(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


def _words(outcome: Outcome, films: Films, folder: Path, encoder: str) -> str:
    _, labelled = intervals(outcome, films)
    figures = ", ".join(f"{name} {_short(labelled[name].value)}" for name in ("auroc", "dice_positives", "pooled_f1"))
    minutes = in_all(folder, "seconds") / 60
    budget = f"{minutes:.0f} minutes on one core, {SIDE} px, {encoder}"
    return f"{figures} on {len(films.labelled)} labelled films after {budget}"


def films_from(options: argparse.Namespace) -> Films:
    """What the options name."""
    return Films(load_dataset(options.stage2), load_dataset(options.labelled), options.lungs, options.unlabelled)


def add_films(parser: argparse.ArgumentParser) -> None:
    """Options of both benchmarks that train."""
    parser.add_argument("--stage2", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--lungs", type=Path)
    parser.add_argument("--unlabelled", type=Path)
    parser.add_argument("--work", type=Path, required=True)


def main() -> None:
    """Train and judge, one recipe after the other, and write the table after each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_films(parser)
    parser.add_argument(
        "--minutes", type=float, default=5.0, help="of training, a recipe, whatever number of networks it has"
    )
    parser.add_argument("--only", nargs="*", help="these recipes")
    parser.add_argument("--encoder-from", type=Path, help="a checkpoint whose encoder all start from, not ImageNet's")
    options = parser.parse_args()
    films = dataclasses.replace(films_from(options), watched=_WATCHED)
    weights, encoder = WEIGHTS, "EfficientNet-Lite2 from ImageNet"
    if options.encoder_from is not None:
        options.work.mkdir(parents=True, exist_ok=True)
        weights = str(save_encoder(options.encoder_from, options.work / "encoder.safetensors").resolve())
        encoder = "EfficientNet-Lite2 that had seen such films"
    every = [name for name in shipped_names() if name not in _LEFT_OUT]
    for name in options.only or every:
        lacking = _lacks(load_system(name), films)
        if lacking:
            print(f"{name}: not run, it needs {lacking}", flush=True)
            continue
        folder = options.work / name
        outcome = outcome_of(settled(name, films, 60 * options.minutes, folder, weights), films, folder)
        print(name, {figure: round(value, 3) for figure, value in outcome.holdout.figures().items()}, flush=True)
        put_between_markers(_EXPERIMENTS, table(every, films, options.work), "recipes")
        measured = {
            done: _words(load_outcome(options.work / done / DONE), films, options.work / done, encoder)
            for done in every
            if (options.work / done / DONE).exists()
        }
        write_text(SHIPPED / "measured.json", json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
