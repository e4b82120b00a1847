"""Every example runs as its docstring says, on real films."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from dicom_maker import sample
from pleura.core.errors import ModelFileError
from pleura.predict import shipped_model

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(autouse=True)
def _model():
    try:
        shipped_model()
    except ModelFileError as error:
        pytest.skip(f"no shipped model yet: {error.message}")


def run(name, *arguments):
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_every_example_has_a_test():
    tested = Path(__file__).read_text("utf-8")
    assert all(f'"{path.name}"' in tested for path in EXAMPLES.glob("*.py"))


def test_demo_shows_a_film_of_each_type_with_a_pneumothorax(tmp_path, shared_data):
    assert shared_data.is_dir()
    done = run("01_demo.py", "--out", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    found = [line for line in done.stdout.splitlines() if "probability" in line and "RG1" not in line]
    assert sorted(line.split(": ")[0].rsplit(".", 1)[1] for line in found) == ["dcm", "jpg", "png"]


def test_demo_names_pictures_and_refused_films(tmp_path):
    sample("RG1_UNCR.dcm")
    bad = tmp_path / "broken.png"
    bad.write_bytes(b"no picture")
    done = run("01_demo.py", "--out", tmp_path / "demo", bad)
    assert done.returncode == 2
    assert "broken.png: refused (not_an_image)" in done.stdout
    assert "RG1_UNCR.dcm: " in done.stdout
    pictures = [Path(line.strip()) for line in done.stdout.splitlines() if line.endswith(".overlay.png")]
    assert pictures
    assert all(cv2.imread(str(picture)) is not None for picture in pictures)


def test_one_film_is_described_and_drawn(tmp_path):
    picture = tmp_path / "overlay.png"
    done = run("02_segment_one_film.py", sample("RG1_UNCR.dcm"), "--out", picture)
    assert done.returncode == 0, done.stderr
    assert "mask: (1955, 1841) bool" in done.stdout
    assert cv2.imread(str(picture)).shape[1] == 1841


def test_folder_becomes_a_table_by_falling_probability(tmp_path):
    folder = tmp_path / "films"
    folder.mkdir()
    film = dcmread(sample("RG1_UNCR.dcm"))
    film.save_as(folder / "chest.dcm")
    film.PixelData = np.ascontiguousarray(film.pixel_array[:-100]).tobytes()
    film.Rows -= 100
    film.save_as(folder / "shorter.dcm")
    grain = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
    cv2.imwrite(str(folder / "grain.png"), grain)
    (folder / "broken.png").write_bytes(b"no picture")
    done = run("03_folder_to_table.py", folder, "--out", tmp_path / "results")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    scores = [float(line.split()[0]) for line in lines if line.endswith(("chest.dcm", "shorter.dcm"))]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)
    assert "refused (not_an_image): broken.png" in done.stdout
    assert "refused (not_frontal_chest): grain.png" in done.stdout
