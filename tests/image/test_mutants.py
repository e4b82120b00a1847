"""Real films, damaged in every way that hypothesis thinks of: read or refused, within the deadline, nothing else."""

import io
import time
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import dcmread, uid

from dicom_maker import as_bytes, compressed, make_dataset, sample
from pleura.core.errors import UnreadableImage
from pleura.image import read_film
from pleura.image.apart import DEADLINE_S

SIDE = 160
SYNTAXES = [uid.RLELossless, uid.JPEG2000Lossless, uid.JPEGLSLossless]
REAL = ["JPEG-LL.dcm", "JPEG2000.dcm", "MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm"]
PICTURES = {"PNG": {}, "JPEG": {"quality": 90}, "TIFF": {"compression": "tiff_lzw"}, "WEBP": {"lossless": True}}


@cache
def real_files():
    """Files of every format, each with a real picture inside."""
    rg1 = dcmread(sample("RG1_UNCR.dcm"))
    small = cv2.resize(rg1.pixel_array, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    rg1.Rows = rg1.Columns = SIDE
    rg1.PixelData = small.tobytes()
    rg1.PatientName, rg1.PatientID = "Doe^Secret", "ID-SECRET"
    files = [as_bytes(rg1)]
    for syntax in SYNTAXES:
        packed = dcmread(io.BytesIO(files[0]))
        packed.compress(syntax, generate_instance_uid=False)
        files.append(as_bytes(packed))
    grey = Image.fromarray((small >> 7).astype(np.uint8))
    buffer = io.BytesIO()
    grey.save(buffer, "JPEG", quality=90)
    eight = make_dataset(np.asarray(grey), 8)
    files.append(as_bytes(compressed(eight, buffer.getvalue() + bytes(buffer.tell() % 2), uid.JPEGBaseline8Bit)))
    for name in REAL:
        dataset = dcmread(sample(name))
        dataset.Modality, dataset.BodyPartExamined, dataset.PatientName = "CR", "CHEST", "Doe^Secret"
        dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = rg1.SOPClassUID
        files.append(as_bytes(dataset))
    for kind, options in PICTURES.items():
        buffer = io.BytesIO()
        grey.save(buffer, kind, **options)
        files.append(buffer.getvalue())
    return files


PLACE = st.floats(0, 1, exclude_max=True)
DAMAGE = st.one_of(
    st.tuples(st.just("set"), PLACE, st.integers(0, 255)),
    st.tuples(st.just("flip"), PLACE, st.integers(0, 7)),
    st.tuples(st.just("cut"), PLACE, st.integers(1, 64)),
    st.tuples(st.just("repeat"), PLACE, st.integers(1, 64)),
    st.tuples(st.just("end"), PLACE, st.just(0)),
)


def damaged(content, damages, reach):
    """Apply each damage within the first `reach` of the bytes, as the header is the smallest part of them."""
    changed = bytearray(content)
    for kind, place, value in damages:
        at = int(place * max(1, int(len(changed) * reach)))
        if kind == "set":
            changed[at : at + 1] = bytes([value])
        elif kind == "flip":
            changed[at : at + 1] = bytes(byte ^ (1 << value) for byte in changed[at : at + 1])
        elif kind == "cut":
            del changed[at : at + value]
        elif kind == "repeat":
            changed[at:at] = changed[at : at + value]
        else:
            del changed[max(at, 1) :]
    return bytes(changed)


def read_or_refuse(path, number, damages, reach):
    path.write_bytes(damaged(real_files()[number], damages, reach))
    start = time.monotonic()
    film, refusal = None, None
    try:
        film = read_film(path, lenient=True)
    except UnreadableImage as error:
        refusal = error
    if film is None:
        assert "secret" not in str(refusal).lower()
        assert refusal.remedy
    else:
        assert film.pixels.dtype == np.float32
        assert film.pixels.ndim == 2
        assert 0 <= film.pixels.min() < film.pixels.max() <= 1
        assert "secret" not in repr(film).lower()
    # What stands beside the decoder is some seconds at the most, on a busy machine too.
    assert time.monotonic() - start < DEADLINE_S + 10


MUTANTS = {
    # One uncompressed and one baseline JPEG beside them.
    "number": st.integers(0, 1 + len(SYNTAXES) + len(REAL) + len(PICTURES)),
    "damages": st.lists(DAMAGE, min_size=1, max_size=20),
    "reach": st.sampled_from([0.02, 0.1, 1.0]),
}
ON_ONE_PATH = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def test_the_files_are_read_before_they_are_damaged(tmp_path):
    assert len(real_files()) == 2 + len(SYNTAXES) + len(REAL) + len(PICTURES)
    for number, content in enumerate(real_files()):
        (tmp_path / f"{number}").write_bytes(content)
        assert min(read_film(tmp_path / f"{number}").shape) >= 64


@settings(max_examples=200, suppress_health_check=ON_ONE_PATH)
@given(**MUTANTS)
def test_a_mutant_is_read_or_refused(tmp_path, number, damages, reach):
    read_or_refuse(tmp_path / "film", number, damages, reach)


@pytest.mark.long
@settings(max_examples=2000, suppress_health_check=ON_ONE_PATH)
@given(**MUTANTS)
def test_of_2000_mutants_each_is_read_or_refused(tmp_path, number, damages, reach):
    read_or_refuse(tmp_path / "film", number, damages, reach)
