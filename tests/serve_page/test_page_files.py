import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "src" / "pleura" / "serve" / "page"
MODULES = sorted(PAGE.rglob("*.js"))
TEXTS = json.loads((PAGE / "texts.json").read_text("utf-8"))
MOST_LINES, LONGEST_LINE = 300, 118


def _named(path):
    return path.relative_to(PAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_a_module_is_short_and_says_what_it_is(path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    assert max(map(len, lines)) <= LONGEST_LINE
    assert lines[0] == "// @ts-check"
    assert lines[1].startswith("/**")


@pytest.mark.parametrize("path", MODULES, ids=_named)
def test_what_a_module_imports_is_there_and_named_relatively(path):
    for name in re.findall(r'(?:from|import\()\s*"([^"]+)"', path.read_text("utf-8")):
        assert (path.parent / name).resolve().is_file(), name


def test_no_data_become_markup_and_nothing_is_evaluated():
    for path in MODULES:
        text = path.read_text("utf-8")
        found = re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
        assert not found, path


def test_the_page_needs_no_inline_script_or_style_and_no_other_server():
    html = (PAGE / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=", html)
    namespaces = {"http://www.w3.org/2000/svg"}
    for path in PAGE.rglob("*.*"):
        found = set(re.findall(r"https?://[^\s\"')]+", path.read_text("utf-8")))
        assert found <= namespaces, path


def test_every_text_is_there_in_both_languages_with_the_same_gaps():
    for key, row in TEXTS.items():
        assert set(row) == {"en", "de"}, key
        assert all(words.strip() for words in row.values()), key
        english, german = (set(re.findall(r"\{\w+\}", row[language])) for language in ("en", "de"))
        assert english == german, key


def test_every_text_that_a_module_asks_for_is_there():
    asked = set()
    for path in MODULES:
        text = path.read_text("utf-8")
        asked |= set(re.findall(r"""\bt\(\s*"([^"]+)""", text)) | set(re.findall(r"""\btext: "([^"]+)""", text))
        for begin in re.findall(r"\bt\(`([\w.]+)\$\{", text):
            assert any(key.startswith(begin) for key in TEXTS), begin
    assert len(asked) > 80
    assert asked <= set(TEXTS)


def test_no_text_is_left_over():
    told = "\n".join(path.read_text("utf-8") for path in MODULES)
    begins = tuple(re.findall(r"`([a-z.]+\.)\$\{", told))
    ends = tuple(re.findall(r"`[a-z.]+\$\{\w+\}(\.[a-z]+)`", told))
    quoted = set(re.findall(r"\"([\w.]+)\"", told))
    left = [
        key for key in TEXTS if key not in quoted and not key.startswith(begins) and not key.endswith(ends or ("\0",))
    ]
    assert left == []


def test_every_warning_and_refusal_of_the_package_has_words_in_both_languages():
    source = PAGE.parents[1]
    films = (path for floor in ("image", "core", "predict") for path in (source / floor).rglob("*.py"))
    told = "\n".join(path.read_text("utf-8") for path in films)
    notes = set(re.findall(r"\bNote\(\s*\"([a-z_]+)\"", told))
    assert len(notes) > 10
    assert {f"warning.{code}" for code in notes} <= set(TEXTS)
    from pleura.core.errors import Refusal

    assert {f"refusal.{code.value}" for code in Refusal} <= set(TEXTS)


def test_research_use_is_said_in_both_languages():
    from pleura.core.caption import RESEARCH_USE

    assert TEXTS["research"]["en"] == RESEARCH_USE
    assert "Kein Medizinprodukt" in TEXTS["research"]["de"]


@pytest.mark.parametrize("pair", [("ink", "ground"), ("muted", "card"), ("muted", "raised"), ("found", "ground"),
    ("good", "card"), ("bad", "card"), ("accent", "card")], ids=" on ".join)  # fmt: skip
def test_words_stand_out_from_their_ground_as_wcag_aa_asks(pair):
    colours = dict(re.findall(r"--(\w+): #([0-9a-f]{6})", (PAGE / "style" / "base.css").read_text("utf-8")))
    light, dark = sorted((_luminance(colours[name]) for name in pair), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(colour):
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
