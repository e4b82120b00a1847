import cv2
import numpy as np
import pytest

from data_folders import draw_film
from pleura.data.likeness import ALIKE_BITS, HASH_BITS, differing_bits, perceptual_hash


def bits_between(one, other):
    return int(differing_bits(perceptual_hash(one), perceptual_hash(other)[None])[0])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda film: film, id="same"),
        pytest.param(lambda film: cv2.resize(film, (256, 256), interpolation=cv2.INTER_AREA), id="half the size"),
        pytest.param(lambda film: np.rint(film * 0.8 + 20).astype(np.uint8), id="other contrast"),
        pytest.param(
            lambda film: cv2.imdecode(cv2.imencode(".jpg", film, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], 0), id="as JPEG"
        ),
    ],
)
def test_a_real_film_stays_alike_through_what_copying_does(shared_data, change):
    path = sorted((shared_data / "stage2" / "images").glob("*.webp"))[0]
    film = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    assert bits_between(film, change(film)) <= ALIKE_BITS // 2


def test_different_films_differ_in_about_half_of_the_bits():
    distances = [bits_between(draw_film(seed), draw_film(seed + 100)) for seed in range(20)]
    assert min(distances) > ALIKE_BITS
    assert np.mean(distances) == pytest.approx(HASH_BITS / 2, rel=0.2)


def test_hash_has_32_bytes_and_its_last_bit_is_unused():
    found = perceptual_hash(draw_film(1))
    assert (found.shape, found.dtype, int(found[-1]) & 1) == ((32,), np.uint8, 0)
