"""The README says what is so: its code runs, its map shows the folders that are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from dicom_maker import sample
from pleura.core.errors import ModelFileError
from pleura.predict import shipped_model

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_python_blocks_run_on_a_real_film(block, tmp_path):
    try:
        shipped_model()
    except ModelFileError as error:
        pytest.skip(f"no shipped model yet: {error.message}")
    (tmp_path / "film.dcm").write_bytes(sample("RG1_UNCR.dcm").read_bytes())
    command = [sys.executable, "-W", "error", "-c", block]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr


def test_readme_has_a_python_example():
    assert BLOCKS


def test_map_names_every_folder_of_the_package_and_no_other():
    mapped = re.findall(r"^\| `src/pleura/([^`]+)` \|", README, flags=re.MULTILINE)
    there = [
        path.name for path in (ROOT / "src" / "pleura").iterdir() if path.is_dir() and path.name != "__pycache__"
    ]
    assert sorted(mapped) == sorted(there)
