"""Which number of a film's maps tells best whether air is there, and how each kind of calibration does.

    python benchmarks/presence.py --stage2 FOLDER --labelled FOLDER --work FOLDER [--model FILE]

The folders are those that `pleura prepare` made; maps of the network are kept in --work, as log odds in float16.
Choices are made on the hold-out; `labelled` stands beside. Writes the table in docs/experiments.md.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rows import put_between_markers

from pleura.core.calibration import logit, sigmoid
from pleura.core.files import replacing
from pleura.core.types import Maps
from pleura.data import load_dataset
from pleura.data.groups import film_groups
from pleura.evidence.calibrate import KINDS, CalibrationPlan, Scored, calibrate
from pleura.evidence.figures.draws import ROUNDS, bootstrap_weights
from pleura.evidence.figures.estimate import Estimate, percentiles
from pleura.evidence.figures.ranks import weighted_calibration, weighted_ranking
from pleura.evidence.figures.sums import Figures, Floats
from pleura.evidence.films import SplitChoice, films_of, read_case
from pleura.evidence.presence_scores import PRESENT, Films, Told, cross_fit_scores, presence_scores
from pleura.predict import Predictor, load_predictor

_EXPERIMENTS = Path(__file__).parents[1] / "docs" / "experiments.md"
_FIGURES = ("auroc", "ap", "brier")

Judged = dict[str, dict[str, tuple[Estimate, Estimate]]]
"""By score and figure: its value, and its difference from the score in use."""


@dataclass(frozen=True)
class Side:
    """One set of films: the truth, each film's scores by name, and which film of the data set it is."""

    name: str
    films: Films
    scores: dict[str, Floats]
    positions: NDArray[np.int64]


def load_side(name: str, folder: Path, split: SplitChoice, predictor: Predictor, work: Path) -> Side:
    """The scores of a set of films, from kept maps where there are some."""
    dataset = load_dataset(folder)
    positions = films_of(dataset, split)
    kept = work / f"{predictor.identity.sha256[:12]}-{name}-{split}.npy"
    if not kept.exists():
        planes = np.empty((positions.size, predictor.spec.side, predictor.spec.side), np.float16)
        for place, index in enumerate(positions):
            planes[place] = logit(predictor.maps(read_case(dataset, int(index))).mask.astype(np.float64))
        with replacing(kept) as file:
            np.save(file, planes)
    planes = np.load(kept, mmap_mode="r")
    told = [
        presence_scores(
            Maps(sigmoid(plane.astype(np.float64)).astype(np.float32)), predictor.spec, predictor.decision
        )
        for plane in planes
    ]
    cases = [dataset.cases[int(index)] for index in positions]
    films = Films(
        present=np.array([case.present for case in cases]),
        areas=np.array([case.area for case in cases]),
        groups=film_groups(dataset, positions),
    )
    return Side(name, films, {key: np.array([one[key] for one in told]) for key in told[0]}, positions)


def figures_of(told: Told, present: NDArray[np.bool_], weights: Floats) -> Figures:
    """AUROC, average precision and the Brier score after calibration: means over draws of folds, (rounds,) each."""
    runs = [
        weighted_ranking(scores, present, weights) | weighted_calibration(probabilities, present, weights, 10)
        for scores, probabilities in zip(told.scores, told.probabilities, strict=True)
    ]
    return {name: np.mean([run[name] for run in runs], axis=0) for name in _FIGURES}


def judge(side: Side) -> Judged:
    """Each score's figures, and their difference from the score in use, with 95 % intervals."""
    present = side.films.present
    told = cross_fit_scores(side.scores, side.films)
    blocks = [np.ones((1, present.size)), *bootstrap_weights(side.films.groups, ROUNDS, 0)]
    every = {name: [figures_of(one, present, block) for block in blocks] for name, one in told.items()}

    def estimate(values: list[Floats]) -> Estimate:
        low, high = percentiles(np.concatenate(values[1:]))
        return Estimate(float(values[0][0]), low, high, int(present.sum()))

    return {
        name: {
            figure: (
                estimate([block[figure] for block in blocks_of]),
                estimate([block[figure] - own[figure] for block, own in zip(blocks_of, every[PRESENT], strict=True)]),
            )
            for figure in _FIGURES
        }
        for name, blocks_of in every.items()
    }


def table(judged: dict[str, Judged]) -> str:
    """One row a score."""
    held, labelled = judged["stage2"], judged["labelled"]
    lines = [
        "| score | hold-out: AUROC | AP | Brier | minus the one in use: AUROC | AP | Brier | `labelled`: AUROC | AP "
        "| Brier |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in held.items():
        cells = [f"{row[figure][0].value:.4f}" for figure in _FIGURES]
        cells += ["" if name == PRESENT else _change(row[figure][1]) for figure in _FIGURES]
        cells += [f"{labelled[name][figure][0].value:.4f}" for figure in _FIGURES]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _change(change: Estimate) -> str:
    text = f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
    return f"**{text}**" if change.low > 0 or change.high < 0 else text


def calibrations(side: Side) -> list[str]:
    """One row a kind of calibration, fitted to the score in use."""
    films = side.films
    outcome = calibrate(
        Scored(side.positions, side.scores[PRESENT], films.present, films.areas, films.groups), CalibrationPlan()
    )
    names = ("ece", "brier", "log_loss")
    rows = [f"| {side.name} | none | {' | '.join(f'{outcome.before[name].value:.4f}' for name in names)} |"]
    for kind in KINDS:
        trial = outcome.trials[kind]
        cells = [f"{trial.figures[name].value:.4f}, {_change(trial.change[name])}" for name in names]
        rows.append(f"| {side.name} | {kind}{' (auto)' if kind == outcome.kind else ''} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    """Judge every score on both sets, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stage2", type=Path, required=True)
    parser.add_argument("--labelled", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    predictor = load_predictor(options.model)
    sides = [
        load_side("stage2", options.stage2, "val", predictor, options.work),
        load_side("labelled", options.labelled, "test", predictor, options.work),
    ]
    text = table({side.name: judge(side) for side in sides})
    kinds = "\n".join(row for side in sides for row in calibrations(side))
    head = (
        "| films | calibration | ECE, minus none | Brier, minus none | log loss, minus none |\n|---|---|---|---|---|"
    )
    put_between_markers(_EXPERIMENTS, f"{text}\n\n{head}\n{kinds}", "presence")
    print(text, head, kinds, sep="\n")


if __name__ == "__main__":
    main()
