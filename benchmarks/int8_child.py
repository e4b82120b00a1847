"""Quantise an ONNX network to int8 with NNCF, in the environment that `int8.py --make-nncf` makes; no torch.

    python int8_child.py network.onnx films.npy out.onnx

`films.npy`: (N, channels, side, side) float32 inputs of real films, which set the ranges of the activations. What
stands in the file's metadata comes along, so that the outcome is a model file as the other was.
"""

import sys

import nncf
import numpy as np
import onnx


def main() -> None:
    source, films, out = sys.argv[1:]
    network = onnx.load(source)
    calibration = nncf.Dataset(np.load(films, mmap_mode="r"), lambda film: {"film": np.asarray(film)[None]})
    count = calibration.get_length()
    quantised = nncf.quantize(network, calibration, subset_size=count, preset=nncf.QuantizationPreset.MIXED)
    del quantised.metadata_props[:]
    quantised.metadata_props.extend(network.metadata_props)
    onnx.save(quantised, out)


if __name__ == "__main__":
    main()
