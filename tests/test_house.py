"""Rules of the house that no linter holds: sizes, docstrings, and nothing of one machine in what is committed."""

import ast
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "src" / "pleura").rglob("*.py"))
MOST_MODULE_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS = 300, 50, 7


def _named(path):
    return path.relative_to(ROOT / "src").as_posix()


def _functions(path):
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_a_module_is_short_and_says_what_it_is(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= MOST_MODULE_LINES
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_a_function_fits_on_a_screen(path):
    long = {node.name: length for node in _functions(path) if (length := _length(node)) > MOST_FUNCTION_LINES}
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_a_function_takes_few_parameters_and_names_them(path):
    crowded = [
        node.name
        for node in _functions(path)
        if node.args.kwarg is not None or len(_parameters(node)) > MOST_PARAMETERS
    ]
    assert not crowded


def test_no_two_files_of_tests_have_one_name():
    """Python would take the second for the first."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py")
    assert [name for name, count in names.items() if count > 1] == []


def test_a_package_that_says_it_is_typed_bears_the_marker_that_type_checkers_look_for():
    assert "Typing :: Typed" in (ROOT / "pyproject.toml").read_text("utf-8")
    assert (ROOT / "src" / "pleura" / "py.typed").is_file()


def test_the_package_s_licence_names_that_of_every_model_that_ships_with_it():
    said = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["license"].split(" AND ")
    others = [path.read_text("utf-8") for path in (ROOT / "src" / "pleura" / "models").glob("*.LICENCE.md")]
    given = {re.findall(r"weights are given under ([^*]+)\*\*", text)[0].replace(" ", "-") for text in others}
    assert given
    assert {"Apache-2.0", *given} == set(said)


def _length(node):
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def _parameters(node):
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [each for each in every if each.arg not in ("self", "cls")]


def _committed():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no git repository here: what is committed cannot be told")
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix != ".onnx" and path.is_file() and b"\0" not in (content := path.read_bytes())[:8192]:
            yield name, content.decode("utf-8")


# Written in parts, so that this file does not name what it looks for.
_INDEX = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "index" + r"-url[ =]+\S*:", "file:" + "///"))
)
_HOMES = re.compile("|".join(f"/{name}/\\w" for name in ("home", "Users", "root")))


def test_no_committed_file_names_a_package_index():
    assert not [name for name, text in _committed() if _INDEX.search(text)]


def test_no_committed_file_names_a_path_of_one_machine():
    here = [str(ROOT), str(ROOT.parent / "shared")]
    found = [name for name, text in _committed() if _HOMES.search(text) or any(path in text for path in here)]
    assert not found
