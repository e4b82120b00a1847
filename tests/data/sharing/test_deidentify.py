"""Nothing of a patient survives anywhere in the bytes, and the film reads as it did."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, uid
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from dicom_findings import assert_standard
from dicom_maker import as_bytes, changed, compressed, film_values, lut_item, make_dataset, sample, write
from pleura.core.errors import UnreadableImage
from pleura.data.sharing import Pseudonyms, SharingError, deidentify, read_key
from pleura.image import read_film

CANARY = "ZQXWV"
VALUES = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"), CANARY),
    **{"PN": f"{CANARY}^{CANARY}", "OB": CANARY.encode() + b"\0", "OW": CANARY.encode() + b"\0", "AS": "099Y"},
    **{"DA": "19770707", "DT": "19770707070707", "TM": "070707"},
}
HIDDEN = (CANARY, "19770707", "070707", "099Y", "Secret", "ID-SECRET", base64.b64encode(CANARY.encode()).decode())
# What decides whether the film is read at all, or has a form that the canary does not have.
LEFT_AS_IT_IS = frozenset(
    {
        *("SpecificCharacterSet", "Modality", "BodyPartExamined", "ViewPosition", "PhotometricInterpretation"),
        *("PresentationIntentType", "PresentationLUTShape", "PixelData", "LUTData"),
    }
)


def everywhere():
    """A film with the canary in every tag of the dictionary that may hold text, in items, and in private tags."""
    dataset = make_dataset(film_values())
    for number, (vr, _, _, _, keyword) in DicomDictionary.items():
        if vr in VALUES and keyword and keyword not in LEFT_AS_IT_IS and number >> 16 > 7:
            dataset.add_new(number, vr, VALUES[vr])
    inner = Dataset()
    inner.PatientName = inner.CodeMeaning = CANARY
    for keyword in ("RequestAttributesSequence", "ProcedureCodeSequence", "SourceImageSequence", "ContentSequence"):
        setattr(dataset, keyword, Sequence([inner]))
    for group in (0x0009, 0x0019, 0x7FE1):
        block = dataset.private_block(group, CANARY, create=True)
        for offset, vr in enumerate(VALUES):
            block.add_new(offset, vr, VALUES[vr])
    item = lut_item(0, np.arange(4096), 12)
    item.LUTExplanation = CANARY
    dataset.VOILUTSequence = Sequence([item])
    dataset.add_new(0x60003000, "OW", CANARY.encode() + b"\0")
    dataset.file_meta.SourceApplicationEntityTitle = CANARY
    dataset.preamble = CANARY.encode().ljust(128)
    return dataset


def assert_hidden(content, *words):
    for word in (*HIDDEN, *words):
        assert word.encode() not in content
        assert word.encode("utf-16-le") not in content


def shared(path, key=b"k" * 32):
    return deidentify(path, Pseudonyms(key))


def test_no_text_of_any_tag_survives_anywhere_in_the_bytes(tmp_path):
    path = write(everywhere(), tmp_path / "film.dcm")
    original = path.read_bytes()
    assert original.count(CANARY.encode()) > 1000
    film = shared(path)
    assert_hidden(film.content)
    assert CANARY not in film.name + film.patient
    kept = dcmread(io.BytesIO(film.content))
    assert not [element for element in kept.iterall() if element.tag.is_private]
    assert kept.PatientIdentityRemoved == "YES"
    assert kept.DeidentificationMethodCodeSequence[0].CodeValue == "113100"


def hiding():
    """A film with names where tables of tags do not look: curves, overlays, documents, icons, trailing bytes."""
    dataset = make_dataset(film_values())
    study = uid.generate_uid()
    dataset.StudyInstanceUID = study
    dataset.ImageComments = f"see {study}"
    # Repeating groups are no single entries of the dictionary: curves, overlays, and one behind the last of them.
    for group in (0x5000, 0x501E, 0x6000, 0x6002, 0x601E):
        dataset.add_new(group << 16 | 0x3000, "OW", CANARY.encode() + b"\0")
        dataset.add_new(group << 16 | 0x0022, "LO", CANARY)
    leaf = nest = Dataset()
    leaf.PatientName = leaf.TextValue = CANARY
    for _ in range(20):
        outer = Dataset()
        outer.ContentSequence = Sequence([nest])
        outer.private_block(0x0011, CANARY, create=True).add_new(1, "SQ", Sequence([leaf]))
        nest = outer
    icon = make_dataset(film_values(8).astype(np.uint8), 8)
    icon.ImageComments = CANARY
    dataset.IconImageSequence = Sequence([icon])
    for keyword in ("OriginalAttributesSequence", "DigitalSignaturesSequence", "MACParametersSequence"):
        setattr(dataset, keyword, Sequence([nest]))
    dataset.EncapsulatedDocument = b"%PDF-1.7 " + CANARY.encode() + b"\0"
    dataset.MIMETypeOfEncapsulatedDocument = CANARY
    dataset.ICCProfile = CANARY.encode() + b"\0"
    dataset.DataSetTrailingPadding = CANARY.encode() + b"\0"
    dataset.add_new(0x00130010, "LO", CANARY)
    dataset.add_new(0x00131001, "UN", CANARY.encode() + b"\0")
    # The first value of each of these decides how the film is read; the second is anybody's.
    dataset.PixelSpacing = [4.0, 4.0]
    dataset.add_new("PatientOrientation", "CS", ["L", CANARY])
    dataset.add_new("ImageType", "CS", ["ORIGINAL", "PRIMARY", CANARY])
    dataset.file_meta.PrivateInformationCreatorUID = study
    dataset.file_meta.PrivateInformation = CANARY.encode() + b"\0"
    dataset.file_meta.ImplementationVersionName = CANARY
    dataset.file_meta.SendingApplicationEntityTitle = CANARY
    return dataset, study


def test_no_hiding_place_survives(tmp_path):
    dataset, study = hiding()
    path = write(dataset, tmp_path / f"{CANARY}.dcm")
    # Bytes behind the data set, as a stream that was appended to it.
    path.write_bytes(path.read_bytes() + b"\xfc\xff\xfc\xffOB\0\0\x06\0\0\0" + CANARY.encode() + b"\0")
    assert path.read_bytes().count(CANARY.encode()) > 50
    film = shared(path)
    assert_hidden(film.content, study, "PDF")
    assert CANARY not in film.name + film.patient + "".join(note.text for note in film.notes)
    kept = dcmread(io.BytesIO(film.content))
    assert not {element.tag.group for element in kept} - {0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0028, 0x7FE0}


def test_no_uid_of_the_original_survives(tmp_path):
    dataset = make_dataset(film_values())
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        setattr(dataset, keyword, uid.generate_uid())
    film = shared(write(dataset, tmp_path / "film.dcm"))
    uids = [str(element.value) for element in dataset if element.VR == "UI" and element.keyword != "SOPClassUID"]
    assert len(uids) == 4
    assert_hidden(film.content, *uids)


def test_a_comment_inside_a_compressed_picture_does_not_survive(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(film_values(8).astype(np.uint8)).save(buffer, "JPEG", quality=95, comment=CANARY.encode())
    frame = buffer.getvalue() + bytes(buffer.tell() % 2)
    dataset = compressed(make_dataset(film_values(8).astype(np.uint8), 8), frame, uid.JPEGBaseline8Bit)
    dataset.LossyImageCompression = "01"
    path = write(dataset, tmp_path / "film.dcm")
    assert CANARY.encode() in path.read_bytes()
    film = shared(path)
    assert_hidden(film.content)
    assert dcmread(io.BytesIO(film.content)).LossyImageCompression == "01"
    (tmp_path / "out.dcm").write_bytes(film.content)
    np.testing.assert_array_equal(read_film(tmp_path / "out.dcm").pixels, read_film(path).pixels)


def test_bytes_behind_the_pixels_and_bits_above_them_do_not_survive(tmp_path):
    values = film_values()
    values[5, :40] |= np.uint16(0xF000)
    dataset = make_dataset(values)
    dataset.PixelData += b"\0" * 64
    film = shared(write(dataset, tmp_path / "film.dcm"))
    kept = dcmread(io.BytesIO(film.content))
    assert len(kept.PixelData) == values.nbytes
    assert kept.pixel_array.max() <= 4095


@pytest.mark.parametrize("signed", [False, True])
def test_padding_gets_one_value(tmp_path, signed):
    values = film_values().astype(np.int16 if signed else np.uint16)
    values[:3] = 30000 + np.arange(80)
    dataset = make_dataset(values)
    for keyword, value in (("PixelPaddingValue", 32000), ("PixelPaddingRangeLimit", 20000)):
        dataset.add_new(keyword, "SS" if signed else "US", value)
    path = write(dataset, tmp_path / "film.dcm")
    (tmp_path / "out.dcm").write_bytes(shared(path).content)
    np.testing.assert_array_equal(read_film(tmp_path / "out.dcm").pixels, read_film(path).pixels)
    assert set(np.frombuffer(dcmread(tmp_path / "out.dcm").PixelData, "<u2")[:240]) == {20000}


FILMS = {
    "plain": lambda: make_dataset(film_values()),
    "monochrome1": lambda: make_dataset(film_values(14), 14, "MONOCHROME1"),
    "signed": lambda: make_dataset((film_values().astype(np.int32) - 2048).astype(np.int16)),
    "odd": lambda: make_dataset(film_values(8, 95, 79).astype(np.uint8), 8),
    "colour": lambda: make_dataset(np.repeat(film_values(8).astype(np.uint8)[..., None], 3, axis=2), 8, "RGB"),
    "window": lambda: changed(
        make_dataset(film_values()), {"WindowCenter": [2000, 1000], "WindowWidth": [900.123456789012, 50]}
    ),
    "rescaled": lambda: changed(make_dataset(film_values()), {"RescaleSlope": -1, "RescaleIntercept": 4095}),
    "turned": lambda: changed(make_dataset(film_values()), {"PatientOrientation": ["R", "F"]}),
    "real": lambda: dcmread(sample("RG1_J2KR.dcm")),
    "real_modality_table": lambda: dcmread(sample("mlut_18.dcm")),
    "real_voi_table": lambda: dcmread(sample("vlut_04.dcm")),
}


@pytest.mark.parametrize("name", FILMS)
def test_the_copy_reads_as_the_original(tmp_path, name):
    path = write(FILMS[name](), tmp_path / "film.dcm")
    (tmp_path / "out.dcm").write_bytes(shared(path).content)
    before, after = read_film(path), read_film(tmp_path / "out.dcm")
    np.testing.assert_array_equal(after.pixels, before.pixels)
    for fact in ("bits", "spacing", "view", "hanging", "notes"):
        assert getattr(after, fact) == getattr(before, fact)
    if before.voi is None:
        assert after.voi is None
    else:
        assert (after.voi.kind, after.voi.table) == (before.voi.kind, before.voi.table)
        assert (after.voi.low, after.voi.high) == pytest.approx((before.voi.low, before.voi.high), abs=1e-6)


@pytest.mark.parametrize("name", ["plain", "monochrome1", "signed", "real", "real_voi_table"])
def test_the_copy_keeps_to_the_standard(tmp_path, name):
    assert_standard(shared(write(FILMS[name](), tmp_path / "film.dcm")).content, tmp_path)


def test_the_same_is_replaced_by_the_same_under_one_key(tmp_path):
    study = uid.generate_uid()
    films = []
    for number in range(2):
        dataset = changed(make_dataset(film_values()), {"StudyInstanceUID": study, "SOPInstanceUID": f"1.2.{number}"})
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        films.append(shared(write(dataset, tmp_path / f"{number}.dcm")))
    first, second = (dcmread(io.BytesIO(film.content)) for film in films)
    assert first.StudyInstanceUID == second.StudyInstanceUID != study
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert films[0].patient == films[1].patient == first.PatientID == second.PatientID
    assert shared(tmp_path / "0.dcm").content == films[0].content
    other = shared(tmp_path / "0.dcm", b"another key of thirty-two bytes!")
    assert other.patient != films[0].patient
    assert other.name != films[0].name


def test_patients_without_an_id_are_not_put_together(tmp_path):
    films = []
    for number in range(2):
        values = film_values()
        values[9, 9] = number
        films.append(shared(write(changed(make_dataset(values), {"PatientID": ""}), tmp_path / f"{number}.dcm")))
    assert films[0].patient != films[1].patient


@pytest.mark.parametrize(
    ("tags", "codes"),
    [
        pytest.param({"BurnedInAnnotation": "YES"}, ["burned_in_text"], id="said"),
        pytest.param({"BurnedInAnnotation": "NO"}, [], id="denied"),
        pytest.param({}, ["burned_in_unknown"], id="not_said"),
        pytest.param({"BurnedInAnnotation": "NO", "ConversionType": "SD"}, ["burned_in_likely"], id="scanned"),
    ],
)
def test_text_in_the_pixels_is_warned_of(tmp_path, tags, codes):
    film = shared(write(changed(make_dataset(film_values()), tags), tmp_path / "film.dcm"))
    assert [note.code for note in film.notes] == codes


def test_a_secondary_capture_is_warned_of(tmp_path):
    dataset = changed(make_dataset(film_values()), {"BurnedInAnnotation": "NO"})
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = uid.SecondaryCaptureImageStorage
    film = shared(write(dataset, tmp_path / "film.dcm"))
    assert [note.code for note in film.notes] == ["burned_in_likely"]


def test_what_is_no_dicom_film_is_refused(tmp_path):
    Image.fromarray(film_values(8).astype(np.uint8)).save(tmp_path / "film.png")
    with pytest.raises(UnreadableImage, match="no DICOM"):
        shared(tmp_path / "film.png")
    (tmp_path / "cut.dcm").write_bytes(as_bytes(make_dataset(film_values()))[:-500])
    with pytest.raises(UnreadableImage, match="pixel_length"):
        shared(tmp_path / "cut.dcm")


def test_a_key_that_can_be_guessed_is_refused(tmp_path):
    (tmp_path / "key").write_bytes(b"short")
    with pytest.raises(SharingError, match="can be guessed"):
        read_key(tmp_path / "key")
    with pytest.raises(SharingError, match="head -c 32"):
        read_key(tmp_path / "absent")
