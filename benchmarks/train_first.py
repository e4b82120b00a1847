"""Train the first model of the cascade that ships: the encoder of the shipped model with a small head.

    python benchmarks/train_first.py --data runs/data/stage2 --out src/pleura/models/rule-out.onnx
    pleura tune cascade src/pleura/models/default.onnx --first src/pleura/models/rule-out.onnx --by label --lose 0 \
        --data runs/data/stage2 --split val --out src/pleura/models/default-cascade.toml

The encoder sees every film of `train` once and stays as it is, so that this takes minutes on two cores.
"""

import argparse
from pathlib import Path

from rich.progress import track

from pleura.data import load_dataset
from pleura.predict.loading import load
from pleura.runtime import Model
from pleura.train.first.build import FirstPlan, build_first

SIDE = 352


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="the one that ships where none is named")
    parser.add_argument("--side", type=int, default=SIDE)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    model = load(options.model)
    if not isinstance(model, Model):
        parser.error(f"{model.path} is a blend: name one U-Net")
    plan = FirstPlan(options.out.stem, options.side, options.seed)
    written = build_first(model, load_dataset(options.data), options.out, plan, lambda films: track(films, "Seeing"))
    print(f"{written.path}: {len(written.content) / 1e6:.1f} MB, sha256 {written.sha256}")


if __name__ == "__main__":
    main()
