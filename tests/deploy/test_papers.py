"""What the security and deployment papers say is so."""

import re
import subprocess
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest

from pleura.serve.config import Limits, ServeConfig, read_serve_config
from pleura.serve.intake.archive import MOST_ENTRIES, MOST_RATIO

ROOT = Path(__file__).parents[2]
PAPERS = {
    name: (ROOT / name).read_text("utf-8") for name in ("docs/threat-model.md", "docs/deploy.md", "SECURITY.md")
}
ROWS = re.findall(r"^\| (5\.\d\.\d) \| (\d) \| .* \| ([^|]+) \|$", PAPERS["docs/threat-model.md"], re.MULTILINE)
# Chapter V5 of OWASP ASVS 5.0.0, with levels.
CHAPTER = {
    **{"5.1.1": 2, "5.2.1": 1, "5.2.2": 1, "5.2.3": 2, "5.2.4": 3, "5.2.5": 3, "5.2.6": 3},
    **{"5.3.1": 1, "5.3.2": 1, "5.3.3": 3, "5.4.1": 2, "5.4.2": 2, "5.4.3": 2},
}


def test_every_requirement_of_the_chapter_has_a_row():
    assert {number: int(level) for number, level, _ in ROWS} == CHAPTER
    assert len(ROWS) == len(CHAPTER)


def test_a_requirement_names_a_test_that_exists_or_says_that_it_is_not_met():
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    paper = PAPERS["docs/threat-model.md"]
    for number, _, test in ROWS:
        if test == "none":
            assert re.search(rf"^\| {re.escape(number)} .*\*\*not met\*\*", paper, re.MULTILINE), number
        else:
            assert test.strip("`") in there, number


def test_the_limits_in_the_threat_model_are_those_of_the_service():
    limits = Limits()
    said = (
        f"{limits.film_mib} MiB a film, {limits.upload_mib} MiB and {limits.files} files a request, "
        f"{limits.unpacked_mib} MiB and {MOST_ENTRIES:,} entries unpacked, ratio {MOST_RATIO}"
    )
    assert said in PAPERS["docs/threat-model.md"]


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_names_only_files_that_are_there(paper):
    folders = "|".join(("deploy", "docs", "tests"))
    named = set(re.findall(rf"(?<![\w/])((?:{folders})/[\w./-]+\.\w+)", PAPERS[paper]))
    # Written by another part of the project.
    missing = {name for name in named - {"docs/serve.md"} if not (ROOT / name).exists()}
    assert named
    assert not missing


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_names_only_keys_of_the_config_file(paper):
    sections = {name: field.annotation for name, field in ServeConfig.model_fields.items()}
    for section, key in re.findall(r"`(limits|workers|retention)\.(\w+)`", PAPERS[paper]):
        assert key in sections[section].model_fields, (section, key)


def test_the_scripts_of_the_paper_are_there_and_are_shell():
    for name in set(re.findall(r"deploy/\w+\.sh", PAPERS["docs/deploy.md"])):
        assert (ROOT / name).stat().st_mode & 0o111
        subprocess.run(["sh", "-n", str(ROOT / name)], check=True)


def test_every_package_of_the_service_has_its_licence_in_the_table_and_none_is_copyleft():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    needed = {re.match(r"[\w.-]+", line)[0] for line in (*extras["serve"], *extras["postgres"])} | {"cryptography"}
    table = PAPERS["docs/threat-model.md"].partition("## Licences")[2]
    rows = {
        name: licence
        for names, licence in re.findall(r"^\| ([\w, -]+) \| ([^|]+) \|$", table, re.MULTILINE)
        for name in names.split(", ")
        if name != "package"
    }
    assert set(rows) == needed
    for name, licence in rows.items():
        about = metadata(name)
        told = about["License-Expression"] or about["License"] or ""
        told = f"{told} {' '.join(about.get_all('Classifier') or [])}".lower()
        assert not re.search(r"\bl?gpl|agpl|general public", told), name
        assert licence.split("-")[0].split()[0].lower() in told, name


def test_the_config_file_of_the_docs_is_one_that_the_service_takes(tmp_path):
    (block,) = re.findall(
        r"```toml\n(format = \"pleura\.serve/1\".*?)```", (ROOT / "docs/serve.md").read_text(), re.DOTALL
    )
    example = block.replace('"…"', f'"{"0" * 64}"')
    (tmp_path / "serve.toml").write_text(example.replace("# SCANNER1", "SCANNER1").replace("AB:12:…", "AB" * 32))
    config = read_serve_config(tmp_path / "serve.toml")
    assert config.oidc.jwks is None
    assert config.listener.tls.key == tmp_path / "listener-key.pem"
    defaults = ServeConfig(limits=Limits())
    assert config.limits == defaults.limits
    assert set(Limits.model_fields) <= set(re.findall(r"^(\w+) = ", block, re.MULTILINE))
