"""Quantise an ONNX network to int8 with NNCF, in the environment that `int8.py --make-nncf` makes; no torch.

    python int8_child.py network.onnx films.npy out.onnx [NODE ...]

`films.npy`: (N, channels, side, side) float32 inputs of real films, which set the ranges of the activations. Nodes
that are named stay as they are.
"""

import sys

import nncf
import numpy as np
import onnx


def main() -> None:
    source, films, out, *kept = sys.argv[1:]
    network = onnx.load(source)
    calibration = nncf.Dataset(np.load(films, mmap_mode="r"), lambda film: {"film": np.asarray(film)[None]})
    count = calibration.get_length()
    ignored = nncf.IgnoredScope(names=kept) if kept else None
    preset = nncf.QuantizationPreset.MIXED
    onnx.save(nncf.quantize(network, calibration, subset_size=count, preset=preset, ignored_scope=ignored), out)


if __name__ == "__main__":
    main()
