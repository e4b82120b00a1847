import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import uid
from pydicom.encaps import generate_frames

from dicom_maker import film_values, make_dataset
from pleura.image.codestream import Declared, declared, has_end


def packed(syntax):
    dataset = make_dataset(film_values())
    dataset.compress(syntax, generate_instance_uid=False)
    return next(generate_frames(dataset.PixelData, number_of_frames=1))


@pytest.mark.parametrize("syntax", [uid.JPEG2000Lossless, uid.JPEGLSLossless], ids=lambda syntax: syntax.name)
def test_a_stream_declares_its_size_and_has_an_end(syntax):
    frame = packed(syntax)
    assert declared(frame) == Declared(96, 80, 1, 12)
    assert has_end(frame)
    assert has_end(frame + bytes(10_000))
    assert has_end(frame + b"\xff" * 3)
    assert not has_end(frame[:-40])


def test_the_start_of_another_codec_inside_the_numbers_is_not_believed():
    frame = packed(uid.JPEGLSLossless)
    other = b"\xff\x4f\xff\x51" + struct.pack(">HH8LHB", 41, 0, 9, 9, 0, 0, 9, 9, 0, 0, 3, 7)
    assert declared(frame[:-2] + other + frame[-2:]) == Declared(96, 80, 1, 12)


@given(st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8", b"\xff\xd8\xff\xf7", b"\xff\x4f\xff\x51"]))
def test_any_bytes_declare_something_or_nothing(tail, start):
    found = declared(start + tail)
    assert found is None or isinstance(found, Declared)
    assert has_end(start + tail) in (True, False)
