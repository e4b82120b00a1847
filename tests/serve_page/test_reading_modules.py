"""What the reading view says and stores, asked of its modules alone."""

from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "src" / "pleura" / "serve" / "page"


def _finding(**changes):
    plain = {"present": False, "probability": 0.05, "calibrated": True, "regions": [], "measures": [], "warnings": []}
    return {**plain, "shape": [10, 10], "model": {"sha256": "a"}, **changes}


@pytest.fixture
def said(run):
    """A function that gives what one of the summary's functions says of a finding, in a language."""

    def told(function, finding, language="en"):
        code = f"""async (m, g) => {{ const text = await import(location.origin + "/base/text.js");
          await text.loadTexts(); text.setLanguage("{language}"); return m.{function}(g); }}"""
        return run("reading/summary.js", code, finding)

    return told


@pytest.mark.parametrize(
    ("probability", "calibrated", "due"),
    [
        (0.05, True, "No pneumothorax found. Probability 5 %."),
        (0.52, True, "No pneumothorax found, not ruled out. Probability 52 %."),
        (0.93, False, "No pneumothorax found. Score 0.93, not calibrated."),
    ],
)
def test_a_film_without_an_outline_is_not_said_to_be_without_a_pneumothorax(said, probability, calibrated, due):
    assert said("sentence", _finding(probability=probability, calibrated=calibrated)) == due


def test_the_page_says_not_ruled_out_where_the_overlay_does():
    from pleura.core import caption

    text = (PAGE / "reading" / "summary.js").read_text("utf-8")
    assert f"NOT_RULED_OUT = {caption._NOT_RULED_OUT};" in text


def test_a_film_that_may_stand_on_its_head_bears_no_letters_that_say_otherwise(said):
    turned = _finding(warnings=[{"code": "orientation", "text": "a"}, {"code": "orientation", "text": "b"}])
    assert said("endLetters", turned) == said("sideLetters", turned) == ["", ""]
    assert said("endLetters", _finding(), "de") == ["K", "F"]
    assert said("sideLetters", _finding(), "de") == ["R", "L"]
    assert said("warningsOf", turned) == ["The film may be rotated, mirrored or inverted"]


def test_the_sides_are_told_as_assumed_turned_or_uncertain(said):
    right = {"side": "right", "box": {"left": 7, "right": 9}}
    orientation = [{"code": "orientation", "text": ""}]
    assert said("sidesTold", _finding(regions=[right])) == "sides assumed from the picture's halves"
    assert said("sidesTold", _finding(regions=[right], warnings=orientation)) == "hung the other way round"
    assert said("sidesTold", _finding(regions=[{**right, "side": "uncertain"}])) == "sides uncertain"


@pytest.mark.parametrize(
    ("measures", "due"),
    [
        ([{"name": "hemithorax_percent", "value": 16.2}], "pneumothorax, 16 % of the hemithorax (Probability 90 %)"),
        ([], "pneumothorax, 2.0 % of the film (Probability 90 %)"),
    ],
)
def test_of_a_prior_it_is_said_what_its_size_is_the_share_of(run, measures, due):
    regions = [{"side": "right", "area_px": 2, "box": {"left": 1, "right": 2}}]
    finding = _finding(present=True, probability=0.9, measures=measures, regions=regions)
    code = """async (m, job) => { const text = await import(location.origin + "/base/text.js");
      await text.loadTexts(); text.setLanguage("en"); return m.words(job); }"""
    job = {"finding": finding, "film": {"acquired": "2024-03-05"}, "received": ""}
    assert run("reading/priors.js", code, job).endswith(f"2024: {due}")


@pytest.mark.parametrize(("sha256", "outline", "due"), [("a", 0.07, 0.07), ("b", 0.07, None), ("a", None, None)])
def test_thresholds_are_shown_only_of_the_model_that_made_the_finding(run, sha256, outline, due):
    model = {"sha256": sha256, "thresholds": {"presence": 0.96, "outline": outline}}
    code = "(m, g) => m.thresholdsOf(g.finding, g.model)?.outline ?? null"
    assert run("reading/load.js", code, {"finding": _finding(), "model": model}) == due


def test_no_thresholds_are_shown_of_a_film_that_a_first_model_settled(run):
    model = {"sha256": "a", "thresholds": {"presence": 0.96, "outline": 0.07}}
    finding = _finding(warnings=[{"code": "ruled_out", "text": "Decided by the first model alone."}])
    assert (
        run("reading/load.js", "(m, g) => m.thresholdsOf(g.finding, g.model)", {"finding": finding, "model": model})
        is None
    )


REVIEW = """async (m, g) => {
  const text = await import(location.origin + "/base/text.js"); await text.loadTexts();
  const sent = [], fetched = window.fetch;
  document.body.innerHTML = '<div id="notices"></div>';
  window.fetch = async (path, request) => {
    if (request?.method === "POST") sent.push(JSON.parse(request.body));
    const answer = request?.method === "POST" ? {version: 4} : {reviews: []};
    return new Response(JSON.stringify(answer), {status: 200}); };
  const editor = {edited: g.edited, mask: {width: 2, height: 2, data: new Uint8Array(4)}};
  const before = [{version: 3, verdict: "accepted", reader: "A", at: "", links: {}}];
  const panel = m.reviewPanel("j", before, editor, () => {});
  panel.element.querySelector("#reader").value = "Ada";
  await Promise.all(g.words.map((word) => panel.send(word)));
  window.fetch = fetched;
  return sent.map(({verdict, seen}) => [verdict, seen]); }"""


@pytest.mark.parametrize(
    ("edited", "words", "due"),
    [
        (False, ["accepted"], [["accepted", 3]]),
        (False, ["accepted", "accepted", "rejected"], [["accepted", 3]]),
        (False, ["edited"], []),
        (True, ["accepted", "rejected"], []),
        (True, ["edited"], [["edited", 3]]),
    ],
    ids=["plain", "held down", "nothing drawn", "drawn and not saved", "drawn"],
)
def test_a_word_is_stored_once_and_never_of_an_outline_that_is_not(run, edited, words, due):
    assert run("reading/review.js", REVIEW, {"edited": edited, "words": words}) == due
