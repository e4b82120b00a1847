"""Findings on real DICOM films of every kind at hand, and what judges a DICOM object from outside."""

import io
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread

from dicom_maker import sample
from findings import MODEL, SPACING
from pleura.core.measures import measure_regions
from pleura.core.types import Finding, Mask, Measure, Radiograph, Side
from pleura.image import read_film
from pleura.output.order import DicomChoice, Order

SHARED = Path(__file__).parent.parent.parent / "shared" / "data" / "dicom"
KINDS = {
    "8-bit secondary capture without UIDs": "stage2/ID_0011fe81e.dcm",
    "computed radiography without a patient": "CR-MONO1-10-chest.dcm",
    "12-bit digital radiography": "966_fixed.dcm",
    "15-bit computed radiography": "RG1_UNCR.dcm",
}
CHOICES = {"plain": DicomChoice(), "viewer geometry": DicomChoice(viewer_geometry=True)}
_FILMS: dict[str, Radiograph] = {}


def film_of(kind: str) -> Radiograph:
    """A real film, read once; the test is skipped where the file is absent."""
    name = KINDS[kind]
    path = sample(name) if name.startswith("RG") else SHARED / name
    if not path.exists():
        pytest.skip(f"no {name} in ../shared/data/dicom beside this repository")
    if kind not in _FILMS:
        _FILMS[kind] = read_film(path, lenient=True)
    return _FILMS[kind]


def mask_of(shape: tuple[int, int]) -> Mask:
    """Not symmetric in any way: two parts on the picture's left, the upper one with a hole, one on its right."""
    height, width = shape
    mask = np.zeros(shape, bool)
    mask[height // 5 : height // 2, width // 8 : width // 4] = True
    mask[height // 4 : height // 3, width // 6 : width // 5] = False
    mask[height // 2 + 10 : height // 2 + 25, width // 3 : width // 3 + 20] = True
    mask[height // 4 : height // 3, 3 * width // 4 : 3 * width // 4 + 30] = True
    return mask


def finding_of(film: Radiograph, *, present: bool = True, calibrated: bool = True) -> Finding:
    """A finding on this film, made without a network."""
    mask = mask_of(film.shape) if present else np.zeros(film.shape, bool)
    ramp = np.linspace(0, 1, mask.size, dtype=np.float32).reshape(mask.shape)
    return Finding(
        film=film,
        present=present,
        score=0.8 if present else 0.1,
        threshold=0.3,
        probability=0.7 if present else 0.02,
        calibrated=calibrated,
        mask=mask,
        probabilities=ramp,
        regions=measure_regions(mask, film.spacing),
        model=MODEL,
        notes=film.notes,
        measures=measures() if present else (),
    )


def measures() -> tuple[Measure, ...]:
    """A measure of every kind of value: number, class, yes or no, and one that is not assessed."""
    source = "a paper"
    return (
        Measure("bilateral", True, "", "valid", "", source),
        Measure("regions", 3, "1", "valid", "", source),
        Measure("hemithorax_percent", 12.5, "%", "valid", "seen from the front", source, Side.RIGHT),
        Measure("bts_2010", "large", "", "valid", "", source, Side.RIGHT),
        Measure("collins", None, "%", "not_assessed", "The age is unknown.", source, Side.LEFT),
    )


def order_of(kind: str, formats=("seg", "sr"), *, present=True, calibrated=True, dicom=CHOICES["plain"]) -> Order:
    """What a writer gets for a finding on a real film."""
    return Order(finding_of(film_of(kind), present=present, calibrated=calibrated), tuple(formats), dicom)


def opened(content: bytes):
    """An object as pydicom reads it."""
    return dcmread(io.BytesIO(content))


def assert_standard(content: bytes, folder: Path) -> None:
    """No error of dciodvfy, which knows what every kind of object must hold."""
    assert not [line for line in _told("dciodvfy", content, folder) if line.startswith("Error")]


def dumped(content: bytes, folder: Path) -> str:
    """A report in words, as dsrdump reads it."""
    return "\n".join(_told("dsrdump", content, folder))


def _told(tool: str, content: bytes, folder: Path) -> list[str]:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed: apt install dicom3tools dcmtk")
    path = folder / "object.dcm"
    path.write_bytes(content)
    done = subprocess.run([tool, str(path)], capture_output=True, text=True, errors="replace", check=False)
    assert done.stdout + done.stderr
    return (done.stdout + done.stderr).splitlines()


__all__ = ["CHOICES", "KINDS", "SPACING", "assert_standard", "dumped", "film_of", "finding_of", "opened", "order_of"]
