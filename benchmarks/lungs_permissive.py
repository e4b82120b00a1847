"""What the films without a permissive licence bring to the model of the lungs: the shipped one against one without.

    python benchmarks/lungs_permissive.py --data runs/data/lungs --other runs/lungs-permissive.onnx \
        --other-data runs/data/lungs-permissive

Dice of both lungs on the held-out films of `--data` of whose patients neither model saw one, with the paired
difference. Writes results/lungs_permissive.csv and the table of src/pleura/models/lungs.md.
"""

import argparse
import csv
import io
from pathlib import Path

import numpy as np
from lungs import COLUMNS, judge, row, table
from rows import RESULTS, put_between_markers

from pleura.core.files import write_text
from pleura.data import load_dataset
from pleura.data.groups import film_groups
from pleura.predict.lungs import SHIPPED_LUNGS, LungFinder
from pleura.runtime import EngineChoice, read_model

SUBJECT = "lungs_permissive"
PAGE = SHIPPED_LUNGS.with_suffix(".md")


def main() -> None:
    """Judge both on the same films, then write the rows and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="all outlined lungs, `pleura prepare lungs`")
    parser.add_argument("--other", type=Path, required=True, help="a model of permissive films alone")
    parser.add_argument("--other-data", type=Path, required=True, help="what it was trained on")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    dataset, learned = load_dataset(options.data), load_dataset(options.other_data)
    seen = {case.patient for case in learned.cases if case.split != "test"}
    held_out = (int(number) for number in dataset.indices("test"))
    films = np.array([film for film in held_out if dataset.cases[film].patient not in seen])
    choice = EngineChoice(precision="float32", threads=options.threads)
    finders = [LungFinder(read_model(path), choice) for path in (SHIPPED_LUNGS, options.other)]
    shipped, other = (np.array([judge(dataset, int(film), finder)[0] for film in films]) for finder in finders)
    groups = film_groups(dataset, films)
    named = {"the shipped model": shipped, "permissive films alone": other, "the difference": other - shipped}
    rows = [row(name, values, groups) for name, values in named.items()]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    write_text(RESULTS / f"{SUBJECT}.csv", text.getvalue())
    put_between_markers(PAGE, table(rows), SUBJECT)
    print(table(rows))


if __name__ == "__main__":
    main()
