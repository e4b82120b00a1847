import csv
import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pleura.core.rle import EMPTY, decode, encode

MASKS = arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=24))


@given(MASKS)
def test_a_mask_survives_encoding(mask):
    assert np.array_equal(decode(encode(mask), mask.shape), mask)


@given(MASKS)
def test_code_is_canonical_and_counts_every_pixel(mask):
    code = encode(mask)
    assert encode(decode(code, mask.shape)) == code
    lengths = [] if code == EMPTY else code.split()[1::2]
    assert sum(map(int, lengths)) == mask.sum()


def test_offsets_run_down_columns_and_from_the_last_run():
    mask = np.zeros((4, 3), dtype=np.bool_)
    mask[1:3, 0] = True
    mask[0, 2] = True
    assert encode(mask) == "1 2 5 1"


def test_a_run_may_cross_from_one_column_to_the_next():
    mask = np.zeros((4, 3), dtype=np.bool_)
    mask[3, 0] = mask[0, 1] = True
    assert encode(mask) == "3 2"


@pytest.mark.parametrize("code", ["-1", " -1", "", " "])
def test_minus_one_and_nothing_are_empty(code):
    assert not decode(code, (3, 5)).any()


def test_an_empty_mask_is_minus_one():
    assert encode(np.zeros((3, 5), dtype=np.bool_)) == EMPTY


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("1", id="odd count"),
        pytest.param("1 2 3", id="odd count after a pair"),
        pytest.param("one two", id="no numbers"),
        pytest.param("1.5 2", id="no integer"),
        pytest.param("-2 3", id="negative offset"),
        pytest.param("1 0", id="empty run"),
        pytest.param("1 -1", id="negative run"),
        pytest.param("10 6", id="past the end"),
        pytest.param("0 1 14 1", id="a later run past the end"),
        pytest.param("1 9223372036854775808", id="beyond 64 bits"),
        pytest.param("9223372036854775807 9223372036854775807 2 1", id="a sum beyond 64 bits"),
    ],
)
def test_code_that_cannot_be_is_refused(code):
    with pytest.raises(ValueError, match=r"run-length|int"):
        decode(code, (3, 5))


@given(st.text(alphabet="0123456789 -", max_size=40))
def test_any_code_decodes_or_is_refused(code):
    try:
        mask = decode(code, (6, 7))
    except ValueError:
        return
    assert mask.shape == (6, 7)


def test_real_codes_survive_and_the_table_holds_what_its_readme_says(shared_data):
    with gzip.open(shared_data / "siim_train_rle.csv.gz", "rt", encoding="utf-8") as file:
        rows = [(name, code.strip()) for name, code in list(csv.reader(file))[1:]]
    positive = [(name, code) for name, code in rows if code != EMPTY]
    assert (len(rows), len({name for name, _ in rows}), len({name for name, _ in positive})) == (12954, 12047, 2669)
    for _, code in positive[::60]:
        assert encode(decode(code, (1024, 1024))) == code


def test_every_real_code_fits_its_film(shared_data):
    with gzip.open(shared_data / "siim_train_rle.csv.gz", "rt", encoding="utf-8") as file:
        codes = [code for _, code in list(csv.reader(file))[1:] if code.strip() != EMPTY]
    for code in codes:
        numbers = np.fromstring(code, dtype=np.int64, sep=" ")
        assert numbers.size % 2 == 0
        assert numbers.min() >= 0
        assert numbers[1::2].min() > 0
        assert numbers.sum() <= 1024 * 1024
