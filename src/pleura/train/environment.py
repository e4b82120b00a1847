"""On what a run was trained: versions, threads and the device, for its checkpoints, model files and report."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import torch

import pleura
from pleura.core.processor import processor

LIBRARIES = ("torch", "torchvision", "timm", "segmentation-models-pytorch", "numpy", "opencv-python-headless", "onnx")
"""Packages on whose versions the weights, or the model file, may depend."""


@dataclass(frozen=True)
class Environment:
    """Where a run was trained, without anything that names the machine or changes from run to run on it."""

    code_version: str
    python: str
    system: str
    device: str
    threads: int
    libraries: dict[str, str]


def environment_of(device: torch.device) -> Environment:
    """The present environment; `device` is where the network trains."""
    return Environment(
        code_version=pleura.__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else processor(),
        threads=torch.get_num_threads(),
        libraries={name: found for name in LIBRARIES if (found := _version(name)) is not None},
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
