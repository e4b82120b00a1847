"""A batch read by a cascade: its rows say what predict says, who decided, and by which file."""

import json

from batching import Here, planned, read_all, results_in, rows_in
from cascades import RULE, make_cascade
from films import write_square
from pleura.batch.job import Masks
from pleura.core import rle
from pleura.image import read_film
from pleura.output.document import document_of
from pleura.predict import load_predictor
from pleura.runtime import EngineChoice


def test_rows_of_a_cascade_are_what_predict_says_film_by_film(tmp_path):
    cascade = make_cascade(tmp_path)
    films = [write_square(tmp_path / "films" / f"{name}.png", length=side) for name, side in (("a", 128), ("b", 8))]
    read_all(job := planned(tmp_path / "films", tmp_path / "out", cascade.path, masks=Masks.RLE), Here(job))
    rows = rows_in(tmp_path / "out")
    choice = EngineChoice("auto", job.settings.precision, "cpu", 1)
    predictor = load_predictor(cascade.path, choice, gate=False, lungs=False)
    for film, row in zip(films, rows, strict=True):
        finding = predictor.read(read_film(film))
        assert json.loads(row["finding"]) == json.loads(json.dumps(document_of(finding)))
        assert (rle.decode(row["rle"], finding.film.shape) == finding.mask).all()
        assert row["model_sha256"] == cascade.sha256
    assert [row["present"] for row in rows] == [True, False]
    assert ["ruled_out" in row["warnings"].split() for row in rows] == [False, True]


def test_another_rule_is_another_run_that_takes_over_no_row(tmp_path):
    for name, side in (("a", 128), ("b", 8)):
        write_square(tmp_path / "films" / f"{name}.png", length=side)
    jobs, out = [], tmp_path / "out"
    for number, below in enumerate((RULE.below, 0.0)):
        cascade = make_cascade(tmp_path / str(number), RULE.model_copy(update={"below": below}))
        reports = read_all(job := planned(tmp_path / "films", out, cascade.path), Here(job))
        assert [report.reused for report in reports.values()] == [0]
        jobs.append(job)
    assert jobs[0].run != jobs[1].run
    assert len(results_in(out)) == 4
    told = {row["model_sha256"]: "ruled_out" in row["warnings"] for row in rows_in(out) if not row["present"]}
    assert sorted(told.values()) == [False, True]
