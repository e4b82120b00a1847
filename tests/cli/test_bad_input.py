"""One run of `pleura predict` over every kind of bad input beside one sound film: codes, no masks, no names."""

import contextlib
import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import uid

from bad_films import (
    SECRET,
    above_the_bits,
    chest,
    contradicting_meta,
    cut,
    dicom,
    excess,
    four_gigabytes,
    garbage_in,
    grey8,
    huge_png,
    nested,
    noise,
    of_class,
    picture,
    wrong_representation,
)
from dicom_maker import as_bytes
from models import make_model
from pleura.cli import build_app
from pleura.cli.console import run


def colour():
    grey = grey8()
    return np.stack([grey, grey, 255 - grey], axis=2)


def refused_films():
    """Content by name, which begins with the code that is expected."""
    sound, grey = as_bytes(chest()), Image.fromarray(grey8())
    cases = {
        "not_an_image": [
            b"",
            noise().tobytes(),
            sound[:132],
            b"PK\3\4" + bytes(300),
            b"%PDF-1.7\n" + bytes(300),
            sound[132:],
        ],
        "pixel_length": [cut(dicom()), dicom(PixelData=b""), four_gigabytes, excess(b"\1\2" * 40)],
        "size": [dicom(Rows=0), dicom(Rows=63), dicom(Rows=8193), dicom(Columns=1600), picture(grey8()[:4, :4])],
        "photometric": [
            dicom(PhotometricInterpretation=""),
            dicom(PhotometricInterpretation="PALETTE COLOR"),
            picture(colour()),
            picture(grey.convert("CMYK"), "JPEG"),
        ],
        "bits": [
            dicom(BitsStored=17),
            dicom(HighBit=15),
            picture(np.full((90, 90), np.nan, np.float32), "TIFF"),
        ],
        "multiframe": [
            dicom(NumberOfFrames=2),
            picture(grey, "TIFF", save_all=True, append_images=[grey]),
            picture(grey, "PNG", save_all=True, append_images=[grey.rotate(180)]),
        ],
        "rescale": [dicom(RescaleSlope=slope, RescaleIntercept=0) for slope in (0, "nan", "inf")],
        "for_processing": [dicom(PresentationIntentType="FOR PROCESSING"), of_class("1.1.1")],
        "modality": [of_class("2"), of_class("4"), of_class("6.1"), dicom(Modality="US"), contradicting_meta],
        "view": [dicom(ViewPosition="LL"), dicom(BodyPartExamined="HAND")],
        "not_frontal_chest": [picture(noise())],
        "no_image": [of_class(number, ("PixelData",)) for number in ("88.11", "104.1", "11.1")],
        "decode": [
            *map(garbage_in, (uid.JPEGBaseline8Bit, uid.JPEG2000Lossless, uid.JPEGLSLossless, uid.RLELossless)),
            cut(picture(grey)),
            cut(picture(grey, "JPEG")),
        ],
        "codec": [garbage_in(uid.MPEG2MPML)],
        "malformed": [wrong_representation, nested],
        "blank": [picture(np.full((90, 90), 7, np.uint8)), dicom(PixelData=bytes(chest().PixelData.__len__()))],
        "too_large": [huge_png],
    }
    return {
        f"{code}-{number}": content if isinstance(content, bytes) else content()
        for code, contents in cases.items()
        for number, content in enumerate(contents)
    }


def read_films():
    """Content by name, which begins with the warning that is expected, or with `sound` for none."""
    grey = Image.fromarray(grey8())
    cases = {
        "sound": [dicom(), dicom(photometric="MONOCHROME2")],
        "pixel_padding": [excess(bytes(64))],
        "bits_masked": [above_the_bits],
        "voi_ignored": [
            dicom(WindowCenter=2000, WindowWidth=0),
            dicom(WindowCenter=[2000, 1000], WindowWidth=500),
        ],
        "spacing_implausible": [dicom(PixelSpacing=[0.143, 0.143]), dicom(PixelSpacing=[2.0, 2.0])],
        "spacing_unknown": [dicom(PixelSpacing=[0, 0])],
        "view_from_picture": [dicom(ViewPosition="")],
        "body_part_unknown": [dicom(BodyPartExamined="")],
        "orientation": [
            dicom(PatientOrientation=["R", "F"]),
            picture(grey.rotate(180)),
            picture(255 - grey8()),
        ],
        "palette": [picture(grey.convert("P"))],
        "alpha": [picture(grey.convert("RGBA"))],
    }
    return {f"{code}-{number}": make() for code, makes in cases.items() for number, make in enumerate(makes)}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The run's folder, its exit code and its standard output."""
    folder = tmp_path_factory.mktemp("bad")
    (folder / "films").mkdir()
    for name, content in {**refused_films(), **read_films()}.items():
        (folder / "films" / name).write_bytes(content)
    model = make_model(folder / "m.onnx").path
    arguments = ["predict", folder / "films" / "*", "--out", folder / "out", "--model", model, "--no-lungs"]
    arguments += ["--threads", "1", "--formats", "mask,overlay,json,fhir,rle", "--json"]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(build_app(), list(map(str, arguments)))
    return folder / "out", code, out.getvalue(), err.getvalue()


def kind_of(name):
    return name.rsplit("-", 1)[0]


def test_each_bad_film_gets_its_code_and_costs_itself_alone(done):
    folder, code, said, told = done
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = {Path(row["file"]).name: row for row in csv.DictReader(file)}
    expected = {name: kind_of(name) for name in refused_films()} | dict.fromkeys(read_films(), "read")
    assert {name: row["status"] for name, row in rows.items()} == expected
    assert code == 2
    lines = {Path(line["file"]).name: line for line in map(json.loads, said.splitlines())}
    assert {name: line.get("refused", "read") for name, line in lines.items()} == expected
    for name in refused_films():
        # What is wrong, and the remedy, a sentence each.
        assert lines[name]["message"].count(". ") >= 1
        assert f"{name}: " in told


def test_a_refused_film_has_no_mask_nor_any_other_result(done):
    folder = done[0]
    stems = {path.name.split(".")[0] for path in folder.iterdir()} - {"results", "manifest", "rle"}
    assert stems == set(read_films())
    with (folder / "rle.csv").open(encoding="utf-8", newline="") as file:
        assert {row["ImageId"] for row in csv.DictReader(file)} == set(read_films())


def test_doubts_are_read_with_a_warning_in_every_result(done):
    folder = done[0]
    for name in read_films():
        finding = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        codes = {note["code"] for note in finding["warnings"]}
        if kind_of(name) == "sound":
            assert not codes
        else:
            assert kind_of(name) in codes
            notes = [note["text"] for note in finding["warnings"] if note["code"] == kind_of(name)]
            fhir = json.loads((folder / f"{name}.fhir.json").read_text(encoding="utf-8"))
            assert all(json.dumps(text)[1:-1] in json.dumps(fhir) for text in notes)


def test_no_length_is_given_by_an_impossible_spacing(done):
    folder = done[0]
    for name in read_films():
        finding = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        lengths = [measure for measure in finding["measures"] if measure["unit"] in ("cm", "cm2")]
        if kind_of(name).startswith("spacing_"):
            assert lengths
            assert {measure["value"] for measure in lengths} == {None}
            assert {measure["validity"] for measure in lengths} == {"not_assessed"}
            assert {region["area_cm2"] for region in finding["regions"]} <= {None}


def test_a_film_of_either_polarity_gives_the_same_bytes(done):
    folder = done[0]
    first, second = ((folder / f"sound-{number}.mask.png").read_bytes() for number in (0, 1))
    assert first == second


def test_no_name_or_number_of_a_patient_stands_anywhere(done):
    folder, _, said, told = done
    assert any(SECRET.encode() in content for content in read_films().values())
    written = [path.read_bytes() for path in folder.iterdir()]
    for text in (said.encode(), told.encode(), *written, *(path.name.encode() for path in folder.iterdir())):
        assert SECRET.lower().encode() not in text.lower()
