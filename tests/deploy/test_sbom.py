"""`make sbom` names every locked package; the linters of the container files have nothing to say."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.fixture(scope="module")
def made():
    """All bills of materials; made by the real rule."""
    if not (ROOT / ".env-deploy" / "ready").exists():
        pytest.skip("the tools are not installed: make sbom")
    subprocess.run(["make", "--silent", "sbom"], cwd=ROOT, check=True, capture_output=True, timeout=600)
    return ROOT / "out" / "sbom"


def locked(path):
    return set(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text("utf-8"), re.MULTILINE))


@pytest.mark.long
@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_bill_names_every_locked_package_with_version_and_hashes(made, lock):
    bill = json.loads((made / f"{lock.stem}.cdx.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "pleura"
    assert {(each["name"], each["version"]) for each in bill["components"]} == locked(lock)
    assert all(
        any(reference.get("hashes") for reference in each["externalReferences"]) for each in bill["components"]
    )


@pytest.mark.long
def test_the_same_lock_makes_the_same_bill(made, tmp_path):
    again = tmp_path / "build.cdx.json"
    tool = [ROOT / ".env-deploy" / "bin" / "cyclonedx-py", "requirements", "--pyproject", "pyproject.toml"]
    options = ["--short-PURLs", "--output-reproducible", "--spec-version", "1.6", "--output-file", again]
    command = [*tool, *options, "requirements/build.txt"]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    assert again.read_bytes() == (made / "build.cdx.json").read_bytes()


@pytest.mark.parametrize("lock", ["serve", "batch"])
def test_the_image_gets_what_the_tests_ran_with(lock):
    by_name = {path.stem: dict(locked(path)) for path in LOCKS}
    tested = by_name["full"]
    assert {name: tested.get(name) for name in by_name[lock]} == by_name[lock]


@pytest.mark.long
def test_hadolint_and_the_schemas_of_kubernetes_find_nothing(made):
    command = ["make", "check-deploy"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
