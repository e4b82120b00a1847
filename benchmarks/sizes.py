"""How far the areas of the shipped model are from the experts', in cm2, on films whose true spacing is known.

    python benchmarks/sizes.py --data runs/data/labelled

The model's decision was fitted on these films, so that it is judged by patient cross-fit: no film is measured by a
decision that saw its patient. Shares and distances: side_sizes.py. Writes results/sizes.csv and the table of
docs/measures.md.
"""

import argparse
import csv
import io
from pathlib import Path

from rows import RESULTS, put_between_markers

from pleura.cli.tune import Search
from pleura.core.files import write_text
from pleura.data import load_dataset
from pleura.evidence.crossfit_evaluation import judge_cross_fit
from pleura.evidence.figures.draws import ROUNDS
from pleura.evidence.figures.estimate import Estimate
from pleura.evidence.films import films_of
from pleura.evidence.size_errors import SIZE_ERRORS, size_errors
from pleura.predict import Predictor
from pleura.predict.loading import load

SUBJECT = "sizes"
PAGE = Path(__file__).parent.parent / "docs" / "measures.md"
COLUMNS = ("figure", "words", "unit", "value", "low", "high", "films")


def main() -> None:
    """Judge, then write the rows and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a data set with spacings, `pleura prepare`")
    parser.add_argument("--model", type=Path, help="the shipped one where none is given")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="draws of the bootstrap")
    options = parser.parse_args()
    dataset, source = load_dataset(options.data), load(options.model)
    films = films_of(dataset, "all")
    plan = Search().plan(source, None)
    judgement = judge_cross_fit(source, Predictor(source), dataset, films, plan)
    for warning in judgement.warnings:
        print(f"warning: {warning}", flush=True)
    found = size_errors(judgement.runs, dataset, options.rounds)
    patients = len({dataset.cases[int(index)].patient for index in films})
    write_text(RESULTS / f"{SUBJECT}.csv", rows_csv(found))
    measured = f"{source.spec.name} {source.spec.version} on {films.size} films of {patients} patients of "
    measured += f"`{dataset.folder.name}`, mean of {plan.draws} draws of a {plan.folds}-fold cross-fit by patient; "
    measured += f"95 % intervals of {options.rounds} bootstrap draws of patients."
    text = f"{table(found)}\n\n{measured}"
    put_between_markers(PAGE, text, SUBJECT)
    print(text)


def rows_csv(found: dict[str, Estimate]) -> str:
    """One line a figure."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, one in found.items():
        numbers = (f"{value:.6g}" for value in (one.value, one.low, one.high))
        writer.writerow((name, *SIZE_ERRORS[name], *numbers, one.cases))
    return text.getvalue()


def table(found: dict[str, Estimate]) -> str:
    """The same in Markdown."""
    lines = ["| figure | value (95 % interval) | films |", "|---|---|---|"]
    for name, one in found.items():
        words, unit = SIZE_ERRORS[name]
        few = ", few" if one.few else ""
        lines.append(f"| {words} | {one.value:.1f} {unit} ({one.low:.1f} to {one.high:.1f}) | {one.cases}{few} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
