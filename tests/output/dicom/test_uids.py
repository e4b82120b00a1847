"""UIDs from content."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from pleura.output.dicom.uids import derived_uid, is_valid_uid


@given(st.lists(st.text() | st.binary(), max_size=4))
def test_a_derived_uid_is_a_uuid_under_its_root(parts):
    uid = derived_uid(*parts)
    assert is_valid_uid(uid)
    read = uuid.UUID(int=int(uid.removeprefix("2.25.")))
    assert (read.version, read.variant) == (8, uuid.RFC_4122)
    assert uid == derived_uid(*parts)


def test_the_border_between_parts_counts():
    assert len({derived_uid("ab", "c"), derived_uid("a", "bc"), derived_uid("abc"), derived_uid("abc", "")}) == 4


def test_forms_that_the_standard_does_not_allow():
    assert is_valid_uid("1.2.840.10008")
    for text in ("", "ID_0011fe81e", "1.02.3", "1..2", "3.1", "1.", "1." + "2" * 63, "1.2\n"):
        assert not is_valid_uid(text)
