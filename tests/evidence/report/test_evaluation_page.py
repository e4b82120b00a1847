import re
from dataclasses import replace

import pytest

from offline_pages import Html, browsed
from pleura.evidence.evaluate import judge_model
from pleura.evidence.figures.summary import summarise
from pleura.evidence.figures.table import FIGURES
from pleura.evidence.gallery import Gallery
from pleura.evidence.report import REPORT, Reader, Rounds, write_report

ROUNDS = Rounds(50, 0)


def written(folder, dataset, readers):
    write_report(folder, dataset, readers, ROUNDS)
    return (folder / REPORT).read_text("utf-8")


def words(html):
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).replace("&nbsp;", " ")
    return re.sub(r"\s+", " ", text)


def test_one_file_holds_everything_and_runs_no_script(tmp_path, dataset, reader):
    html = written(tmp_path, dataset, [reader])
    found = Html(html)
    assert "script" not in found.tags
    assert found.references
    assert all(reference.startswith("data:image/jpeg;base64,") for reference in found.references)
    assert "url(" not in html
    assert [path.name for path in tmp_path.iterdir()] == [REPORT]


def test_no_name_of_a_film_or_patient_and_no_path_stands_in_it(tmp_path, dataset, model, predictor):
    named = replace(
        dataset,
        cases=tuple(replace(case, id=f"DOE^JANE-{case.id}", patient=f"DOE-{case.patient}") for case in dataset.cases),
    )
    gallery = Gallery(named)
    judgement = judge_model(model, predictor, named, named.indices("test"), gallery.show)
    html = written(tmp_path, named, [Reader(judgement, summarise(judgement.runs, named, rounds=5), gallery.shown())])
    assert "DOE" not in html
    assert not any(case.source in html for case in named.cases)
    assert named.record.source not in html


def test_every_section_and_every_figure_is_there(tmp_path, dataset, reader):
    told = words(written(tmp_path, dataset, [reader]))
    for title in (
        "In short", "Telling films apart", "Right and wrong at the decision", "Size", "Every figure", "On whom",
        "Where it does well and where not", "Time", "Methods, ready to paste", "Where it comes from",
        "Reporting guidelines", "CLAIM 2024", "TRIPOD+AI", "Metrics Reloaded", "Best outlined", "Missed",
    ):  # fmt: skip
        assert title in told
    for row in FIGURES.values():
        assert row.words in told


def test_the_summary_says_what_the_figures_say(tmp_path, dataset, reader):
    told = words(written(tmp_path, dataset, [reader]))
    figures = reader.summary.figures
    assert f"It found {100 * figures['sensitivity'].value:.0f} %" in told
    assert f"AUROC {figures['auroc'].value:.3f}" in told
    assert f"would score {figures['siim_dice_all_empty'].value:.3f}" in told
    assert "50 bootstrap rounds" in told


def test_the_siim_dice_never_stands_without_the_all_empty_score(tmp_path, dataset, reader, outliner):
    for readers in ([reader], [reader, outliner]):
        told = words(written(tmp_path, dataset, readers))
        assert told.count("never finds anything") + told.count("all empty") >= 2


def test_a_warning_comes_first_and_marks_the_figures(tmp_path, dataset, outliner):
    told = words(written(tmp_path, dataset, [outliner]))
    assert told.index("Figures marked *") < told.index("In short")
    value = outliner.summary.figures["dice_positives"].value
    assert f"{value:.3f}*" in told
    assert "Caution: it saw" in told


def test_a_reader_without_warnings_has_no_mark_and_no_box(tmp_path, dataset, reader):
    clean = replace(reader, judgement=replace(reader.judgement, warnings=()))
    html = written(tmp_path, dataset, [clean])
    assert "0*" not in words(html)
    assert 'class="warning"' not in html


def test_outlines_without_scores_are_not_ranked(tmp_path, dataset, outliner):
    told = words(written(tmp_path, dataset, [outliner]))
    assert "It gave no scores" in told
    assert "perfect calibration" not in told


def test_titles_of_readers_are_escaped(tmp_path, dataset, reader, outliner):
    html = written(tmp_path, dataset, [reader, outliner])
    assert "<b>outlines</b>" not in html
    assert "<i>these</i>" not in html
    assert "2 readers" in html


def test_readers_of_different_films_are_refused(tmp_path, dataset, reader):
    run = reader.first
    other = replace(reader, judgement=replace(reader.judgement, runs=(replace(run, films=run.films[::-1]),)))
    with pytest.raises(ValueError, match="same films"):
        write_report(tmp_path, dataset, [reader, other], ROUNDS)
    with pytest.raises(ValueError, match="at least one"):
        write_report(tmp_path, dataset, [], ROUNDS)


@pytest.mark.long  # starts a browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_and_prints_it_without_error_request_or_sideways_scroll(
    tmp_path, dataset, reader, outliner, scheme
):
    write_report(tmp_path, dataset, [reader, outliner], ROUNDS)
    with browsed(tmp_path / REPORT, scheme) as page:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
        cut = "[...document.querySelectorAll('table')].filter(table => table.scrollWidth > 688).length"
        assert page.evaluate(cut) == 0
        assert page.pdf(format="A4").startswith(b"%PDF")
