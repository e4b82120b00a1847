"""What readers said of a stored finding, as DICOM objects; a drawn chest, whose measures are known."""

import dataclasses
import io

import numpy as np
import pytest
from pydicom import dcmread

from chests import INNER, SHAPE, SPACING, TOP, air, chest
from dicom_findings import finding_of
from dicom_maker import as_bytes, changed, make_dataset
from pleura.core.errors import UnreadableImage
from pleura.core.files import write_bytes
from pleura.core.measures import measure_film
from pleura.core.types import Side
from pleura.image import read_film
from pleura.output.document import document_of
from pleura.output.order import Order
from pleura.output.png import mask_png
from pleura.output.write import WRITERS
from pleura.serve.folder import DataFolder
from pleura.serve.reviewed_objects import reviewed_object
from pleura.serve.state.job import Job, Status
from pleura.serve.state.reviews import Review
from pleura.serve.work.pictures import hemithoraces_png, probability_png, read_hemithoraces

OWN = air(apex=0, lateral=80)
AT = 1_700_000_000.0


class Stored:
    """A job as a worker leaves it, and the reviews that are added to it."""

    def __init__(self, root, own=OWN) -> None:
        self.folder = DataFolder(root)
        self.folder.prepare()
        tags = {"PixelSpacing": [SPACING.row_mm, SPACING.column_mm], "PatientAge": "040Y", "ViewPosition": "PA"}
        grey = np.broadcast_to(np.linspace(0, 4095, SHAPE[1]), SHAPE).astype(np.uint16)
        content = as_bytes(changed(make_dataset(grey), tags))
        write_bytes(root / "film.dcm", content)
        sha256 = read_film(root / "film.dcm").source.sha256
        write_bytes(self.folder.film(sha256), content)
        film = read_film(self.folder.film(sha256))
        measured = measure_film(film, own, chest(SHAPE))
        self.found = dataclasses.replace(
            finding_of(film),
            present=bool(own.any()),
            mask=own,
            regions=measured.regions,
            measures=measured.measures,
            probabilities=own.astype(np.float32),
        )
        facts = {"rows": SHAPE[0], "columns": SHAPE[1], "view": "PA", "heart_at_left": False}
        self.job = Job(
            "0" * 32, sha256, Status.DONE, AT, AT, AT, 1.0, 0, facts, document_of(self.found), None, None, "claim",
            ("mask.png", "seg.dcm", "sr.dcm"), True,
        )  # fmt: skip
        results = self.folder.result(self.job.id, "claim")
        write_bytes(results / "mask.png", mask_png(own))
        write_bytes(results / "probability.png", probability_png(self.found.probabilities))
        write_bytes(results / "hemithoraces.png", hemithoraces_png(chest(SHAPE)))
        write_bytes(results / "sr.dcm", WRITERS["sr"].encode(Order(self.found, ("seg", "sr"))))
        self.reviews = []

    def review(self, verdict, mask=None, reader="Ada Lovelace"):
        version = len(self.reviews) + 1
        name = None if mask is None else f"{version}.png"
        if name:
            write_bytes(self.folder.reviews(self.job.id) / name, mask_png(mask))
        self.reviews.append(Review(version, verdict, reader, AT + version, name))

    def made(self, kind, version=None):
        path = reviewed_object(self.folder, self.job, self.reviews[:version], kind)
        return None if path is None else dcmread(io.BytesIO(path.read_bytes()))


@pytest.fixture
def stored(tmp_path):
    return Stored(tmp_path)


def outlined(seg):
    return seg.pixel_array.astype(bool)


def walk(item):
    for each in item.get("ContentSequence", ()):
        yield each
        yield from walk(each)


def numbers(sr):
    """Every number of a report by its code."""
    found = {}
    for each in walk(sr):
        if each.ValueType == "NUM":
            code = each.ConceptNameCodeSequence[0]
            found[code.get("CodeValue") or code.LongCodeValue] = float(each.MeasuredValueSequence[0].NumericValue)
    return found


def comments(sr):
    return [each.TextValue for each in walk(sr) if each.ValueType == "TEXT"]


def test_a_correction_is_measured_anew_in_the_hemithoraces_that_were_found(stored):
    wider = air(apex=40, lateral=120)
    stored.review("edited", wider)
    seg, told = stored.made("seg"), numbers(stored.made("sr"))
    assert np.array_equal(outlined(seg), wider)
    assert seg.SegmentSequence[0].SegmentAlgorithmType == "SEMIAUTOMATIC"
    due = {each.name: each.value for each in measure_film(stored.found.film, wider, chest(SHAPE)).measures}
    assert due["interpleural_lateral"] == pytest.approx(3.0)
    for name in ("hemithorax_percent", "interpleural_lateral", "apex_to_cupola", "collins"):
        assert told[name] == pytest.approx(due[name], rel=1e-5)


def test_an_outline_that_keeps_nothing_of_the_models_is_manual(stored):
    other = np.zeros(SHAPE, bool)
    other[TOP + 200 : TOP + 300, INNER - 100 : INNER - 20] = True
    stored.review("edited", other)
    assert stored.made("seg").SegmentSequence[0].SegmentAlgorithmType == "MANUAL"


def test_what_is_accepted_is_the_models_own_with_its_own_measures(stored):
    stored.review("accepted")
    seg, sr = stored.made("seg"), stored.made("sr")
    assert np.array_equal(outlined(seg), OWN)
    assert (seg.SegmentSequence[0].SegmentAlgorithmType, seg.ContentCreatorName) == ("AUTOMATIC", "Ada Lovelace^")
    due = {each.name: each.value for each in stored.found.measures if each.side is Side.RIGHT}
    assert numbers(sr)["interpleural_hilum"] == pytest.approx(due["interpleural_hilum"])
    assert {"score", "threshold"} <= numbers(sr).keys()


def test_what_is_accepted_after_a_correction_is_the_correction(stored):
    stored.review("edited", air(apex=0, lateral=120))
    stored.review("accepted", reader="Grace Hopper")
    seg = stored.made("seg")
    assert np.array_equal(outlined(seg), air(apex=0, lateral=120))
    assert (seg.SegmentSequence[0].SegmentAlgorithmType, seg.ContentCreatorName) == ("SEMIAUTOMATIC", "Grace Hopper^")


def test_a_rejection_and_an_emptied_outline_have_a_report_alone(stored):
    stored.review("rejected")
    assert stored.made("seg") is None
    assert "Rejected" in str(stored.made("sr"))
    stored.review("edited", np.zeros(SHAPE, bool))
    assert stored.made("seg") is None
    assert "272519000" in str(stored.made("sr"))  # absent
    assert "score" not in numbers(stored.made("sr"))


def test_every_report_supersedes_the_models_and_the_one_before(stored):
    for verdict in ("accepted", "rejected", "accepted"):
        stored.review(verdict)
    last = stored.made("sr")
    own = dcmread(stored.folder.result(stored.job.id, "claim") / "sr.dcm")
    (study,) = last.PredecessorDocumentsSequence
    named = {
        sop.ReferencedSOPInstanceUID
        for series in study.ReferencedSeriesSequence
        for sop in series.ReferencedSOPSequence
    }
    assert named == {own.SOPInstanceUID, stored.made("sr", 2).SOPInstanceUID}


def test_objects_are_made_once_and_the_same_again(stored):
    stored.review("edited", air(apex=40, lateral=120))
    paths = [reviewed_object(stored.folder, stored.job, stored.reviews, kind) for kind in ("seg", "sr")]
    first = [path.read_bytes() for path in paths]
    assert str(dcmread(paths[0]).SOPInstanceUID) in str(dcmread(paths[1]))
    for path in paths:
        path.unlink()
    assert [
        reviewed_object(stored.folder, stored.job, stored.reviews, kind).read_bytes() for kind in ("seg", "sr")
    ] == first
    stored.folder.forget_film(stored.job.film_sha256)
    assert stored.made("seg") is not None
    paths[1].unlink()
    with pytest.raises(UnreadableImage):
        stored.made("sr")


def test_a_result_of_an_older_version_has_no_hemithoraces_and_says_so(stored):
    results = stored.folder.result(stored.job.id, "claim")
    assert np.array_equal(read_hemithoraces(results / "hemithoraces.png").left, chest(SHAPE).left)
    (results / "hemithoraces.png").unlink()
    stored.review("edited", air(apex=40, lateral=120))
    report = stored.made("sr")
    assert numbers(report)["42798000"] > 0
    assert "interpleural_lateral" not in numbers(report)
    assert "Not assessed: interpleural_lateral, right: the hemithorax is not outlined" in comments(report)
