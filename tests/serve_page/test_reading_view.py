"""The reading view, on a real film with the model's own finding."""

import json
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from browsing import DRAWN, until

pytestmark = pytest.mark.long  # starts a browser


def amber(picture):
    """Pixels of the outline: far more red than blue."""
    return picture[:, :, 0] - picture[:, :, 2] > 100


def show(page, **opacity):
    for layer, value in opacity.items():
        page.locator(f"#opacity-{layer}").fill(str(value))


def test_the_sentence_says_the_side_the_size_and_the_probability(reading):
    said = reading.inner_text(".headline h1")
    assert said.startswith("Pneumothorax on the patient's right, ")
    assert "% of the hemithorax" in said
    assert "cm²" in said
    assert "Probability 96 %." in said
    assert reading.inner_text(".research") == "Research use. Not a medical device."


def test_the_film_is_shown_as_a_window_of_its_16_bits(reading, colours, ask):
    reading.select_option("#preset", "full")
    show(reading, outline=0, fill=0)
    reading.uncheck("text=Calipers of the published distances")
    seen = colours()
    film = cv2.imdecode(np.frombuffer(ask(f"jobs/{_open(reading)}/film.png"), np.uint8), cv2.IMREAD_UNCHANGED)
    scale = min(seen.shape[1] / film.shape[1], seen.shape[0] / film.shape[0])
    size = (round(film.shape[1] * scale), round(film.shape[0] * scale))
    due = cv2.resize(film / 257, size, interpolation=cv2.INTER_AREA)
    top, left = (seen.shape[0] - size[1]) // 2, (seen.shape[1] - size[0]) // 2
    got = seen[top : top + size[1], left : left + size[0], 0]
    middle = (
        slice(size[1] // 4, size[1] // 2),
        slice(size[0] // 4, size[0] // 2),
    )  # without the letters at the edges
    assert np.abs(got[middle] - due[middle]).mean() < 2.5
    assert np.corrcoef(got[middle].ravel(), due[middle].ravel())[0, 1] > 0.99


def _open(page):
    return page.url.rsplit("/", 1)[1]


def test_a_drag_changes_contrast_and_keys_invert_and_hide(reading, colours):
    show(reading, outline=0, fill=0)
    before = colours()
    box = reading.locator(".pane").bounding_box()
    reading.mouse.move(box["x"] + 200, box["y"] + 300)
    reading.mouse.down()
    reading.mouse.move(box["x"] + 200, box["y"] + 400, steps=4)
    reading.mouse.up()
    darker = colours()
    assert darker.mean() < before.mean() - 15
    assert reading.input_value("#preset") == ""
    reading.keyboard.press("i")
    assert colours()[300:500, 400:600].mean() > darker[300:500, 400:600].mean()
    show(reading, outline=1)
    assert amber(colours()).sum() > 300
    reading.locator(".pane").focus()
    reading.keyboard.press("h")
    assert amber(colours()).sum() == 0


def test_zoom_fit_turn_and_mirror_by_keys(reading, colours):
    fitted = colours()
    reading.keyboard.press("+")
    assert np.abs(colours() - fitted).mean() > 5
    reading.keyboard.press("0")
    assert np.abs(colours() - fitted).mean() < 0.5
    letters = "[...document.querySelectorAll('.marks .side')].map(m => [m.textContent, +m.getAttribute('x')])"
    before = dict(reading.evaluate(letters))
    assert before["R"] < before["L"]
    reading.keyboard.press("f")
    until(reading, DRAWN)
    after = dict(reading.evaluate(letters))
    assert after["R"] > after["L"]
    reading.keyboard.press("r")
    until(reading, DRAWN)
    turned = dict(reading.evaluate(letters))
    assert turned["R"] == turned["L"]  # above one another
    assert turned["H"] > turned["F"]  # the head lies at the right


def test_the_threshold_redraws_the_outline_and_goes_back_to_the_model_s_own(reading, colours):
    reading.uncheck("text=Calipers of the published distances")
    show(reading, fill=1)
    own = amber(colours()).sum()
    assert "cut at 0.07, once the film's score exceeds 0.96" in reading.inner_text("#threshold-says")
    reading.locator("#threshold").fill("0.98")
    smaller = amber(colours()).sum()
    assert 0 < smaller < 0.98 * own
    assert "Cut by you" in reading.inner_text("#threshold-says")
    reading.locator("#threshold").fill("0.01")
    assert amber(colours()).sum() > smaller
    reading.click("text=Back to the model's own")
    assert amber(colours()).sum() == own


def test_the_caliper_and_the_ruler_tell_cm_and_mm(reading):
    assert reading.locator(".caliper .length").text_content().endswith(" cm")
    reading.keyboard.press("l")
    box = reading.locator(".pane").bounding_box()
    reading.mouse.move(box["x"] + 300, box["y"] + 300)
    reading.mouse.down()
    reading.mouse.move(box["x"] + 400, box["y"] + 300, steps=3)
    reading.mouse.up()
    until(reading, DRAWN)
    told = reading.locator(".ruler .length").text_content()
    scale = min(box["width"], box["height"]) / 1024
    assert float(told.removesuffix(" mm")) == pytest.approx(100 / scale * 0.34, rel=0.01)


def test_a_brush_a_polygon_and_their_undoing(reading, colours):
    show(reading, fill=1)
    before = amber(colours()).sum()
    box = reading.locator(".pane").bounding_box()
    reading.keyboard.press("b")
    reading.mouse.move(box["x"] + 700, box["y"] + 300)
    reading.mouse.down()
    reading.mouse.move(box["x"] + 760, box["y"] + 420, steps=6)
    reading.mouse.up()
    painted = amber(colours()).sum()
    assert painted > before + 1000
    reading.keyboard.press("g")
    for across, down in ((650, 500), (800, 500), (800, 650), (650, 650)):
        reading.mouse.click(box["x"] + across, box["y"] + down)
    reading.keyboard.press("Enter")
    assert amber(colours()).sum() == pytest.approx(painted + 150 * 150, rel=0.06)
    reading.keyboard.press("Control+z")
    reading.keyboard.press("Control+z")
    reading.keyboard.press("m")
    assert amber(colours()).sum() == pytest.approx(before, abs=200)


def test_a_correction_by_keys_alone_is_a_new_version_under_the_reader_s_name(other, ask):
    key = _open(other)
    before = _grey(ask(f"jobs/{key}/mask.png"))
    for pressed in ("b", "ArrowRight", "ArrowRight", "]", "]", "Space"):
        other.keyboard.press(pressed)
    other.fill("#reader", "Ada")
    other.locator("#reader").press("Tab")
    other.keyboard.press("Control+s")
    other.wait_for_selector(".versions li")
    assert other.inner_text(".versions li").startswith("corrected Ada")
    *_, last = ask(f"jobs/{key}")["reviews"]
    assert (last["verdict"], last["reader"], last["edited"]) == ("edited", "Ada", True)
    mask = _grey(ask(f"jobs/{key}/mask.png"))
    assert mask.shape == before.shape
    assert set(np.unique(mask)) == {0, 255}
    rows, columns = np.nonzero(mask != before)
    assert (columns.mean(), rows.mean()) == pytest.approx((512 + 20.48, 512), abs=3)
    assert np.array_equal(_grey(ask(f"jobs/{key}/mask.png?version=0")), before)


def _grey(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_name_is_wanted_before_anything_is_stored(other, ask):
    key = _open(other)
    stored = len(ask(f"jobs/{key}")["reviews"])
    other.click("#accept")
    other.wait_for_selector(".notice.bad")
    assert len(ask(f"jobs/{key}")["reviews"]) == stored
    other.fill("#reader", "Ada")
    other.click("#accept")
    other.wait_for_selector(f".versions li >> nth={stored}")
    assert ask(f"jobs/{key}")["reviews"][-1]["verdict"] == "accepted"
    other.click(".headline .back")
    other.wait_for_selector(".badge.accepted")


def test_an_unsaved_correction_is_not_left_by_accident(reading):
    reading.keyboard.press("b")
    reading.keyboard.press("Space")
    asked = []
    reading.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    reading.keyboard.press("Escape")
    reading.wait_for_timeout(200)
    assert asked == ["Your correction is not saved. Leave all the same?"]
    assert reading.locator(".desk").count() == 1


def test_the_film_without_outlines_and_a_prior_stand_beside_it(reading, colours):
    reading.click("label.choice:has-text('The film without outlines')")
    reading.wait_for_selector(".stage.double .pane >> nth=1")
    assert amber(colours(0)).sum() > 300
    assert amber(colours(1)).sum() == 0
    reading.click("label.choice:has-text('pneumothorax, 16 %')")
    reading.wait_for_selector(".pane[aria-label='Prior film']")
    assert amber(colours(1)).sum() > 100


@pytest.mark.parametrize("file", ["finding.json", "seg.dcm", "sr.dcm", "mask.png", "overlay.png"])
def test_results_are_saved_as_files(reading, ask, file):
    with reading.expect_download() as waited:
        reading.click(f"[data-file='{file}']")
    assert waited.value.suggested_filename.endswith(f".{file}")
    saved = Path(waited.value.path()).read_bytes()
    told = ask(f"jobs/{_open(reading)}/{file}?version=0")
    assert (json.loads(saved) if file.endswith("json") else saved) == told


def test_what_a_reader_said_is_saved_as_dicom(other, ask):
    key = _open(other)
    other.fill("#reader", "Ada")
    other.click("#reject")
    other.wait_for_selector(".versions li:last-child b:text('rejected')")
    assert other.locator(".versions li:last-child button").all_inner_texts() == ["DICOM SR"]
    other.click("#accept")
    other.wait_for_selector(".versions li:last-child b:text('accepted')")
    version = ask(f"jobs/{key}")["reviews"][-1]["version"]
    with other.expect_download() as waited:
        other.click(".versions li:last-child [data-file='seg.dcm']")
    assert waited.value.suggested_filename.endswith(f"-{version}.seg.dcm")
    seg = pydicom.dcmread(waited.value.path())
    assert seg.ContentCreatorName == "Ada^"
    assert Path(waited.value.path()).read_bytes() == ask(f"jobs/{key}/seg.dcm")


def test_every_text_is_german_where_german_is_asked_for(reading):
    reading.select_option("header select", "de")
    reading.wait_for_selector(".desk")
    assert "auf der rechten Patientenseite" in reading.inner_text(".headline h1")
    assert reading.inner_text(".research") == "Nur für Forschungszwecke. Kein Medizinprodukt."
    assert reading.locator("html").get_attribute("lang") == "de"


def test_help_lists_every_key(reading):
    reading.keyboard.press("?")
    reading.wait_for_selector("dialog[open]")
    told = reading.inner_text("dialog")
    for words in ("Brush", "Polygon", "Undo", "Threshold down or up", "Next film", "Accept"):
        assert words in told
    reading.keyboard.press("Escape")
    reading.wait_for_selector("dialog", state="detached")
    assert reading.locator(".desk").count() == 1
