"""The numbered examples run, and so do the README's Python blocks."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def film() -> Path:
    package = importlib.util.find_spec("data_store")
    if package is None or package.submodule_search_locations is None:
        pytest.skip("the wheel pydicom-data is not installed")
    return Path(package.submodule_search_locations[0]) / "data" / "RG1_UNCR.dcm"


def run(script, *arguments, folder):
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True, env=dict(os.environ)).stdout


def test_the_demo_reads_its_own_film_and_one_that_is_named(film, tmp_path):
    named = shutil.copy(film, tmp_path / "named.dcm")
    said = run(EXAMPLES / "01_demo.py", "--out", tmp_path / "out", named, folder=tmp_path)
    assert said.count("neumothorax found") >= 2
    assert {"RG1_UNCR.overlay.png", "named.overlay.png", "results.csv"} <= {p.name for p in (tmp_path / "out").iterdir()}


def test_one_film_gives_a_line_and_a_picture(film, tmp_path):
    said = run(EXAMPLES / "02_segment_one_film.py", film, tmp_path / "overlay.png", folder=tmp_path)
    assert re.match(r"(no )?pneumothorax \(score \d\.\d\d\)", said)
    assert (tmp_path / "overlay.png").read_bytes().startswith(b"\x89PNG")


def test_a_folder_becomes_a_table_with_the_refused_film_in_it(film, tmp_path):
    (tmp_path / "films").mkdir()
    shutil.copy(film, tmp_path / "films" / "good.dcm")
    (tmp_path / "films" / "bad.dcm").write_bytes(b"\0" * 400)
    lines = run(EXAMPLES / "03_folder_to_table.py", tmp_path / "films", tmp_path / "out", folder=tmp_path).splitlines()
    assert len(lines) == 2
    assert "not_an_image" in lines[0]
    assert re.search(r"\d\.\d\d +\S+ +good.dcm", lines[1])


def test_the_readmes_python_runs(film, tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert blocks
    shutil.copy(film, tmp_path / "film.dcm")
    for number, block in enumerate(blocks):
        script = tmp_path / f"block{number}.py"
        script.write_text(block, "utf-8")
        run(script, folder=tmp_path)


def test_the_readmes_map_names_every_folder_of_the_package():
    named = set(re.findall(r"^\| `src/pleura/(\w+)` \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    folders = {p.name for p in (ROOT / "src" / "pleura").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert named == folders
