"""Train the input gate, and count what it does on pictures that it did not see.

    pip install --no-deps --target photos scikit-image
    python benchmarks/train_gate.py --data runs/data --not-frontal ../shared/data/not-frontal-cxr \
        --photos photos/skimage/data --out src/pleura/models/gate.onnx

`--data` holds the prepared sets stage2, lungs, unlabelled and labelled (docs/data.md). The first three are learned
from, but for the hold-out of stage2 and the test films of lungs; these and labelled judge. The table is printed.
"""

import argparse
import importlib.util
import time
from pathlib import Path

import numpy as np
import torch

from pleura.core.files import sha256_of
from pleura.data import load_dataset
from pleura.train.gate.judge import table
from pleura.train.gate.pictures import dicom_pictures, frontal_pictures, other_pictures, photo_pictures
from pleura.train.gate.plan import GatePictures, dataset_hashes, train_gate

NIH, COVID = "nih", "covid-chestxray"
"""The two sources of frontal films; stage2, unlabelled and labelled are all of the first."""


def package_photos() -> list[Path]:
    """Folders with photos in the wheels of scikit-learn and matplotlib."""
    inside = {"sklearn": "datasets/images", "matplotlib": "mpl-data/sample_data"}
    found = {name: importlib.util.find_spec(name) for name in inside}
    return [Path(spec.origin).parent / inside[name] for name, spec in found.items() if spec and spec.origin]


def gather(data: Path, not_frontal: Path, photos: list[Path]) -> GatePictures:
    stage2, lungs, unlabelled, labelled = (
        load_dataset(data / name) for name in ("stage2", "lungs", "unlabelled", "labelled")
    )
    judged_patients = {case.patient for case in labelled.cases}
    apart = np.flatnonzero([case.patient not in judged_patients for case in unlabelled.cases]).astype(np.int64)
    learned = [
        *frontal_pictures(stage2, stage2.indices("train"), NIH),
        *frontal_pictures(lungs, np.concatenate((lungs.indices("train"), lungs.indices("val"))), COVID),
        *frontal_pictures(unlabelled, apart, NIH),
    ]
    held_out = [
        *frontal_pictures(stage2, stage2.indices("val"), NIH),
        *frontal_pictures(lungs, lungs.indices("test"), COVID),
        *frontal_pictures(labelled, np.arange(len(labelled)), NIH),
    ]
    others = [*other_pictures(not_frontal), *dicom_pictures(), *photo_pictures([*photos, *package_photos()])]
    hashes = dataset_hashes([stage2, lungs, unlabelled]) | {"not-frontal": sha256_of(not_frontal / "index.csv")}
    return GatePictures(learned, held_out, others, hashes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--not-frontal", type=Path, required=True)
    parser.add_argument("--photos", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--release", default="1.0")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    start = time.perf_counter()

    def say(words: str) -> None:
        print(f"{time.perf_counter() - start:6.0f} s  {words}", flush=True)

    pictures = gather(options.data, options.not_frontal, options.photos)
    file, figures = train_gate(pictures, options.out, options.release, seed=options.seed, say=say)
    say(f"{file.path}: {len(file.content) / 1e6:.2f} MB, sha256 {file.sha256}")
    print(table(figures))


if __name__ == "__main__":
    main()
