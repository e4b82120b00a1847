"""The page's own arithmetic, in the browser that runs it, against OpenCV and NumPy."""

import base64

import cv2
import numpy as np
import pytest
from PIL import Image

READ = """async (m, text) => {
  const got = await m.readPng(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  return [got.width, got.height, got.bits, Array.from(got.data)];
}"""


def noise(dtype, shape=(37, 53)):
    """Grey values of every size, smooth in part, so that encoders choose every filter."""
    rng = np.random.default_rng(7)
    ramp = np.add.outer(np.arange(shape[0]) * 311, np.arange(shape[1]) * 97)
    return np.where(rng.random(shape) < 0.5, ramp, rng.integers(0, 65536, shape)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("strategy", range(5))
def test_a_png_is_read_to_the_last_bit(run, dtype, strategy):
    film = noise(dtype)
    options = [cv2.IMWRITE_PNG_STRATEGY, strategy, cv2.IMWRITE_PNG_COMPRESSION, 6]
    content = cv2.imencode(".png", film, options)[1].tobytes()
    width, height, bits, data = run("film/png_read.js", READ, base64.b64encode(content).decode())
    assert (width, height, bits) == (53, 37, 8 * film.itemsize)
    assert np.array_equal(np.array(data).reshape(film.shape), film)


@pytest.mark.parametrize("filtering", range(5))
def test_every_filter_of_a_png_is_undone(run, filtering):
    film = noise(np.uint16)
    content = _png(film, filtering)
    *_, data = run("film/png_read.js", READ, base64.b64encode(content).decode())
    assert np.array_equal(np.array(data).reshape(film.shape), film)


def _png(film, filtering):
    """A 16-bit PNG whose every line has one filter (PNG, section 9)."""
    import struct
    import zlib

    lines, above = b"", bytes(2 * film.shape[1])
    for row in film.astype(">u2"):
        line = row.tobytes()
        lines += bytes([filtering]) + bytes(
            (line[at] - _guess(line, above, at, filtering)) % 256 for at in range(len(line))
        )
        above = line

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", film.shape[1], film.shape[0], 16, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def _guess(line, above, at, filtering):
    a, b, c = (line[at - 2] if at >= 2 else 0), above[at], (above[at - 2] if at >= 2 else 0)
    near = min((abs(b - c), 0, a), (abs(a - c), 1, b), (abs(a + b - 2 * c), 2, c))[2]
    return (0, a, b, (a + b) // 2, near)[filtering]


@pytest.mark.parametrize("spoil", ["colour", "cut", "none", "huge"])
def test_what_is_no_grey_png_is_refused(run, spoil):
    content = bytearray(cv2.imencode(".png", noise(np.uint8))[1].tobytes())
    if spoil == "colour":
        content = cv2.imencode(".png", np.zeros((4, 4, 3), np.uint8))[1].tobytes()
    elif spoil == "cut":
        content = content[: len(content) // 2]
    elif spoil == "none":
        content = b"GIF89a" + bytes(50)
    else:
        content[16:24] = (60000).to_bytes(4, "big") * 2
    code = (
        READ.replace("async (m, text) => {", "async (m, text) => { try {").rstrip("}")
        + "} catch (e) { return 'refused'; } }"
    )
    assert run("film/png_read.js", code, base64.b64encode(bytes(content)).decode()) == "refused"


def test_a_mask_that_is_written_is_read_back_by_others(run, tmp_path):
    mask = (noise(np.uint8) > 128).astype(np.uint8) * 255
    code = "async (m, g) => m.base64(await m.writePng(Uint8Array.from(g), 53, 37))"
    (tmp_path / "mask.png").write_bytes(base64.b64decode(run("film/png_write.js", code, mask.ravel().tolist())))
    with Image.open(tmp_path / "mask.png") as picture:
        assert picture.mode == "L"
        assert np.array_equal(np.asarray(picture), mask)


def test_a_pyramid_holds_means_of_two_by_two(run):
    film = noise(np.uint16, (40, 52))
    code = """(m, g) => m.pyramid(Uint16Array.from(g), 52, 40, 10)
      .map((level) => [level.width, level.height, Array.from(level.data)])"""
    levels = run("film/pyramid.js", code, film.ravel().tolist())
    assert [level[:2] for level in levels] == [[52, 40], [26, 20], [13, 10]]
    half = film.reshape(20, 2, 26, 2).astype(int).sum(axis=(1, 3))
    assert np.array_equal(np.array(levels[1][2]).reshape(20, 26), (half + 2) // 4)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_point_of_the_screen_is_that_of_the_film_and_back(run, turns, mirrored):
    code = """(m, g) => { const film = {width: 900, height: 1200, aspect: 1.4}, pane = {width: 640, height: 480};
      const view = {x: 311, y: 702, scale: 0.7, ...g};
      const there = m.toScreen([123, 456], view, film, pane);
      const zoomed = m.zoomed(view, film, pane, 1.7, there);
      return [m.toFilm(there, view, film, pane), m.toFilm(there, zoomed, film, pane), zoomed.scale / view.scale]; }"""
    back, kept, factor = run("film/view.js", code, {"turns": turns, "mirrored": mirrored})
    assert back == pytest.approx([123, 456])
    assert kept == pytest.approx([123, 456])
    assert factor == pytest.approx(1.7)


@pytest.mark.parametrize("turns", range(4))
def test_a_fitted_film_fills_the_pane_and_stays_inside(run, turns):
    code = """(m, turns) => { const film = {width: 900, height: 1200, aspect: 1.4}, pane = {width: 640, height: 480};
      const view = m.fitted(film, pane, {turns, mirrored: false});
      return [[0, 0], [900, 1200]].map((corner) => m.toScreen(corner, view, film, pane)); }"""
    corners = np.sort(np.array(run("film/view.js", code, turns)), axis=0)
    across, down = corners[1] - corners[0]
    assert across == pytest.approx(640) or down == pytest.approx(480)
    assert across <= 640 + 1e-6
    assert down <= 480 + 1e-6


@pytest.mark.parametrize("turns", range(4))
def test_mirroring_changes_left_and_right_of_the_screen_however_the_film_is_turned(run, turns):
    code = """(m, turns) => { const film = {width: 90, height: 120, aspect: 1}, pane = {width: 64, height: 48};
      const view = {x: 45, y: 60, scale: 0.5, turns, mirrored: false};
      return [view, m.mirroredView(view)].map((each) => m.toScreen([10, 20], each, film, pane)); }"""
    before, after = run("film/view.js", code, turns)
    assert after == pytest.approx([64 - before[0], before[1]])


def test_presets_spread_the_exposed_field_and_not_shutters(run):
    film = np.full((100, 100), 0, np.uint16)
    film[20:80, 20:80] = np.linspace(10000, 30000, 3600).reshape(60, 60)
    code = """(m, g) => { const counts = m.histogram(Uint16Array.from(g));
      return ["film", "header", "full"].map((name) => m.preset(name, counts, {centre: 7, width: 9})); }"""
    whole, header, full = run("film/window.js", code, film.ravel().tolist())
    assert whole["centre"] == pytest.approx(20000, rel=0.01)
    assert whole["width"] == pytest.approx(19800, rel=0.01)
    assert header == {"centre": 7, "width": 9}
    assert full == {"centre": 32767.5, "width": 65535}


def test_a_filled_polygon_holds_the_pixels_whose_centre_is_inside(run):
    corners = [[5.2, 4.1], [40.7, 9.3], [30.1, 33.9], [22.4, 15.0], [8.8, 30.2]]
    code = """(m, g) => { const mask = {width: 50, height: 40, data: new Uint8Array(2000)};
      const box = m.fillPolygon(mask, g, 255); return [Array.from(mask.data), box]; }"""
    data, box = run("film/strokes.js", code, corners)
    contour = np.array(corners, np.float32)
    due = [
        [cv2.pointPolygonTest(contour, (column + 0.5, row + 0.5), False) > 0 for column in range(50)]
        for row in range(40)
    ]
    assert np.array_equal(np.array(data).reshape(40, 50) > 0, due)
    assert box == {"left": 5, "top": 4, "right": 41, "bottom": 34}


def test_a_stroke_paints_all_within_its_radius_and_can_be_undone_and_done_again(run):
    code = """(m) => { const mask = {width: 60, height: 40, data: new Uint8Array(2400)};
      const history = new m.History(mask), before = mask.data.slice();
      history.keep(before, m.dab(mask, [10, 12], [45, 30], 5, 255));
      const painted = Array.from(mask.data); history.undo(); const undone = Array.from(mask.data);
      history.redo(); return [painted, undone, Array.from(mask.data), history.undo() !== null, history.undo()]; }"""
    painted, undone, again, could, nothing = run("film/strokes.js", code)
    x, y = np.meshgrid(np.arange(60) + 0.5, np.arange(40) + 0.5)
    along = np.clip(((x - 10) * 35 + (y - 12) * 18) / (35**2 + 18**2), 0, 1)
    due = np.hypot(x - 10 - 35 * along, y - 12 - 18 * along) <= 5
    assert np.array_equal(np.array(painted).reshape(40, 60) > 0, due)
    assert not any(undone)
    assert again == painted
    assert could
    assert nothing is None


def test_a_caliper_lies_between_the_ends_that_a_finding_tells(run):
    told = {"name": "apex_to_cupola", "value": 2.0, "ends": [[9.5, 80], [49.5, 80]]}
    old = {"name": "interpleural_lateral", "value": 1.0}
    nothing = {"name": "interpleural_hilum", "value": None, "ends": None}
    # Columns before rows, from the first pixel's corner.
    found = run("film/lengths.js", "(m, g) => m.calipersOf(g)", [told, old, nothing])
    assert found == [{"ends": [[80.5, 10], [80.5, 50]], "cm": 2}]


SHARE = """(m, frames) => { const share = new m.Share();
  return frames.map(([ms, times, atRest]) => {
    for (let i = 0; i < times; i++)
      share.took(typeof ms === "number" ? ms : ms.full * share.value ** 2, share.value, atRest);
    return share.value; }); }"""


def test_where_every_frame_is_in_time_every_pixel_is_drawn(run):
    assert run("film/pace.js", SHARE, [[16.7, 1000, False], [33, 5, True]]) == [1, 1]


def test_a_slow_film_moves_with_as_many_pixels_as_are_in_time(run):
    # The first full frame takes 200 ms: what moves is drawn quicker from the first frame on.
    first, moving, later = run(
        "film/pace.js", SHARE, [[200, 1, True], [{"full": 200}, 300, False], [{"full": 200}, 900, False]]
    )
    assert first == pytest.approx((16 / 200) ** 0.5)
    assert max(200 * moving**2, 200 * later**2) < 34


def test_a_card_that_was_busy_once_gets_its_pixels_back(run):
    slow, quick = run("film/pace.js", SHARE, [[60, 1, False], [16.7, 700, False]])
    assert slow < 0.6
    assert quick == 1


def test_a_tab_that_was_hidden_is_no_slow_frame_and_the_least_share_is_kept(run):
    assert run("film/pace.js", SHARE, [[60000, 1, False], [5000, 9, False]]) == [1, pytest.approx(1 / 6)]


def test_a_length_is_in_mm_only_where_the_spacing_is_known(run):
    code = (
        """(m) => [m.distance([0, 0], [30, 40], {row_mm: 0.3, column_mm: 0.4}), m.distance([0, 0], [30, 40], null)]"""
    )
    known, unknown = run("film/lengths.js", code)
    assert known == {"value": pytest.approx(np.hypot(12, 12)), "unit": "mm"}
    assert unknown == {"value": 50, "unit": "px"}


def test_events_are_told_apart_however_the_stream_is_cut(run):
    stream = ': here\r\n\r\nevent: job\ndata: {"id":1}\n\nid: 9\ndata: a\ndata: b\n\n'
    code = """(m, text) => { const parser = new m.EventParser();
      return [...text].flatMap((letter) => parser.push(letter)); }"""
    found = run("base/events.js", code, stream.replace("\r\n", "\n"))
    assert found == [{"event": "job", "data": '{"id":1}'}, {"event": "message", "data": "a\nb"}]


JOB = {"status": "done", "received": "2026-11-21T08:00:00+00:00", "film": None, "refusal": None, "reviews": []}


def _job(key, present, probability, percent, **more):
    share = {"name": "hemithorax_percent", "side": "left", "value": percent}
    finding = {"present": present, "probability": probability, "measures": [share], "regions": [{"side": "left"}]}
    return {**JOB, "id": key, "finding": {**finding, "shape": [10, 10], "warnings": []}, **more}


def test_the_most_urgent_come_first_and_what_is_settled_last(run):
    refused = {**JOB, "id": "refused", "status": "refused", "finding": None, "refusal": {"code": "view"}}
    jobs = [
        _job("clear", False, 0.1, 0),
        _job("small", True, 0.9, 5),
        _job("read", True, 0.99, 60, reviews=[{"reader": "Ada"}]),
        _job("doubtful", False, 0.4, 0),
        refused,
        _job("large", True, 0.9, 40),
        _job("surest", True, 0.95, 3),
    ]
    code = "(m, g) => m.shown(g.jobs, g.wish).map((job) => job.id)"
    wish = {"order": "urgency", "show": "all", "search": ""}
    ordered = run("worklist/order.js", code, {"jobs": jobs, "wish": wish})
    assert ordered == ["surest", "large", "small", "refused", "doubtful", "clear", "read"]
    for show, search, due in (
        ("found", "", ["surest", "large", "small", "read"]),
        ("unread", "", ["surest", "large", "small", "doubtful", "clear"]),
        ("refused", "", ["refused"]),
        ("all", "ADA left", ["read"]),
        ("all", "view", ["refused"]),
    ):
        assert run("worklist/order.js", code, {"jobs": jobs, "wish": {**wish, "show": show, "search": search}}) == due
