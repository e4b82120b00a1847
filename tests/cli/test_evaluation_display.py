import io
import math

import numpy as np
import pytest
from rich.console import Console

from discs import make_discs
from pleura.cli.evaluation_display import groups, show_assessment
from pleura.data.splits import SplitPlan
from pleura.evidence.document import Assessment
from pleura.evidence.evaluate import Judgement
from pleura.evidence.figures.summary import summarise
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.film_result import Said, gather, judge_film


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return make_discs(tmp_path_factory.mktemp("discs"), 12, split=SplitPlan(all_as="test"))


def _shown(dataset, warnings=(), seen=0):
    films = np.arange(len(dataset))
    said = Said(math.nan, True)
    results = [judge_film(dataset.truth(index), dataset.truth(index), dataset.cases[index], said) for index in films]
    run = gather(films, results, scored=False)
    judgement = Judgement("[b]tool[/b]", (), (run,), warnings, "predictions", None, {}, seen=seen)
    text = io.StringIO()
    console = Console(file=text, width=120, force_terminal=True, color_system="truecolor")
    show_assessment(Assessment(judgement, summarise([run], dataset, rounds=20)), dataset, console)
    return text.getvalue()


def test_every_figure_has_one_place():
    placed = [name for _, names in groups() for name in names]
    assert sorted(placed) == sorted(FIGURES)


def test_warnings_come_first_and_mark_every_figure(dataset):
    told = _shown(dataset, ("the network saw [these] films",), seen=5)
    assert "the network saw [these] films" in told.splitlines()[0]
    assert told.count("1.000*") > 3
    assert "may have seen, 5 of these films" in told


def test_figures_over_few_cases_are_grey_and_others_are_not(dataset):
    lines = _shown(dataset).splitlines()
    (few,) = [line for line in lines if "Dice of positives, mean" in line]
    (many,) = [line for line in lines if "SIIM Dice " in line and "never" not in line]
    assert "\x1b[2m" in few
    assert "\x1b[2m" not in many
    assert "Grey: over fewer than 10 films or patients." in lines[-1]


def test_what_is_undefined_is_left_out_and_names_are_no_markup(dataset):
    told = _shown(dataset)
    assert "AUROC" not in told
    assert "[b]tool[/b]" in told
