"""The pages say what is so: links and anchors lead somewhere, and commands are ones that the command line takes."""

import re
import shlex
from itertools import takewhile
from pathlib import Path

import pytest

from pleura.cli import VERBS, build_app

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)")
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
SPAN = re.compile(r"`pleura ([a-z][^`\n]*)`")
ENDS = {"&&", "||", "|", ">", ";"}


def _name(path):
    return path.relative_to(ROOT).as_posix()


def anchors(text):
    """The names that headings get: lower case, no punctuation, hyphens for spaces."""
    heads = re.findall(r"^#+ +(.+?) *$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", re.sub(r"\[(.*?)\]\(.*?\)", r"\1", head).lower()).replace(" ", "-") for head in heads
    }


def commands(block):
    """What follows `pleura` in each command of a block of shell, up to a pipe or the like; a variable is 1."""
    for line in re.sub(r"\$\w+", "1", block.replace("\\\n", " ")).splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;>")
        lexer.whitespace_split = True
        words = list(lexer)
        for place, word in enumerate(words):
            if word == "pleura" and (place == 0 or words[place - 1] in ENDS | {"-m"}):
                yield list(takewhile(lambda each: each not in ENDS, words[place + 1 :]))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_to_files_and_headings_that_are_there(page):
    text = page.read_text("utf-8")
    for target, anchor in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        found = page.parent / target if target else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found.read_text("utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize("page", [page for page in PAGES if BLOCK.search(page.read_text("utf-8"))], ids=_name)
def test_commands_in_blocks_are_ones_that_the_command_line_takes(page):
    for block in BLOCK.findall(page.read_text("utf-8")):
        for words in commands(block):
            build_app().parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", [page for page in PAGES if SPAN.search(page.read_text("utf-8"))], ids=_name)
def test_verbs_and_options_in_the_prose_are_there(page):
    app = build_app()
    for span in SPAN.findall(page.read_text("utf-8")):
        words = span.split()
        assert words[0] in {verb.name for verb in VERBS}, span
        asked = {word for word in words if word.startswith("--")} - {"--help"}
        _, apps, _ = app.parse_commands(words)
        known = {name for each in apps[-1].assemble_argument_collection() for name in each.names} if asked else set()
        assert asked <= known, f"pleura {span}"
