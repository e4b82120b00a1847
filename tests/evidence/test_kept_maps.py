import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pleura.core.types import Maps
from pleura.evidence.kept_maps import KeptMaps

PLANE = (4, 4)


@given(
    arrays(np.float32, PLANE, elements=st.floats(0, 1, width=32)),
    arrays(np.float32, PLANE, elements=st.floats(-1, 1, width=32)),
)
def test_maps_come_back_to_within_half_a_step(mask, distance):
    plain, averaged = KeptMaps(lambda _: (Maps(mask, 0.3, distance), Maps(mask))).both(0)
    np.testing.assert_allclose(plain.mask, mask, atol=0.51 / 65535)
    np.testing.assert_allclose(plain.distance, distance, atol=0.51 / 32767)
    assert (plain.label, averaged.label, averaged.distance) == (0.3, None, None)


@pytest.mark.parametrize(("most", "reads"), [(10**6, [0, 1]), (2 * 2 * 16, [0, 1, 1]), (0, [0, 1, 0, 1])])
def test_what_fits_is_read_once_and_the_rest_again_to_the_same_end(most, reads):
    seen = []

    def read(index):
        seen.append(index)
        maps = Maps(np.full(PLANE, 0.123456 + index / 10, dtype=np.float32))
        return maps, maps

    kept = KeptMaps(read, most)
    first, second = ([kept.both(index)[0].mask for index in (0, 1)] for _ in range(2))
    assert seen == reads
    np.testing.assert_array_equal(first, second)
