"""Names for what is written."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pleura.output.stems import unique_stems

NAMES = st.text(alphabet="aAbé.-_ 1\udcfc", min_size=1, max_size=6).filter(lambda name: set(name) != {"."})
PATHS = st.builds(
    lambda folders, name, suffix: Path(*folders, name + suffix),
    st.lists(NAMES, max_size=2),
    NAMES,
    st.sampled_from(["", ".dcm", ".PNG", ".png", ".mask.png", ".jpg"]),
)


def stems(paths):
    return list(unique_stems([Path(path) for path in paths]).values())


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        pytest.param(["in/a.dcm", "in/b.png"], ["a", "b"], id="alone"),
        pytest.param(["a.dcm", "b/a.png"], ["a-dcm", "a-png"], id="by_suffix"),
        pytest.param(["left/a.dcm", "right/a.dcm"], ["left_a", "right_a"], id="by_folder"),
        pytest.param(["1/x/a.dcm", "2/x/a.dcm"], ["1_x_a", "2_x_a"], id="by_two_folders"),
        pytest.param(["A.dcm", "a.dcm"], ["A", "a-2"], id="by_number"),
        pytest.param(["a.dcm", "b/a.png", "a-dcm.jpg"], ["a-dcm-2", "a-png", "a-dcm"], id="name_already_taken"),
        pytest.param(["1.2.840.113", "1.2.840.114"], ["1.2.840.113", "1.2.840.114"], id="uid_without_suffix"),
        pytest.param(["results.png", "Manifest.dcm"], ["results-film", "Manifest-film"], id="the_runs_own_files"),
        pytest.param(["x.png", "x.mask.png"], ["x-2", "x.mask"], id="a_film_named_as_an_output"),
        pytest.param(["x.mask.png"], ["x.mask"], id="a_film_named_as_an_output_alone"),
        pytest.param(["a:b\n.png", "..png"], ["a_b_", "film"], id="unsafe_characters"),
    ],
)
def test_stems_of_known_names(paths, expected):
    assert stems(paths) == expected


def test_long_names_are_cut_and_stay_apart():
    first, second = stems(["é" * 100 + "1.png", "é" * 100 + "2.png"])
    assert first != second
    assert max(len(stem.encode()) for stem in (first, second)) <= 120


def test_a_name_that_is_no_utf8_gets_one_that_is():
    (stem,) = stems(["b\udcfcrger.dcm"])
    assert stem.encode("utf-8")


@given(st.lists(PATHS, max_size=8), st.randoms())
def test_stems_differ_in_any_case_and_any_order(paths, random):
    named = unique_stems(paths)
    assert set(named) == set(paths)
    assert len({stem.casefold() for stem in named.values()}) == len(named)
    assert not any("/" in stem or not stem.strip(" .") for stem in named.values())
    shuffled = list(paths)
    random.shuffle(shuffled)
    assert unique_stems(shuffled) == named
