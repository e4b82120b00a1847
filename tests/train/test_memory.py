import pytest
import torch

from pleura.train.memory import batch_that_fits, is_out_of_memory

HUGE = 2**58
"""More numbers than any machine has room for."""


@pytest.mark.parametrize(("room", "batch", "fitting"), [(5, 16, 4), (16, 16, 8), (1, 12, 1), (0, 16, 0), (0, 1, 0)])
def test_the_largest_half_that_fits_is_found(room, batch, fitting):
    assert batch_that_fits(lambda films: torch.empty(HUGE if films > room else 1), batch) == fitting


def test_fewer_films_than_the_network_needs_are_not_tried():
    tried = []
    assert batch_that_fits(lambda films: torch.empty(HUGE if tried.append(films) is None else 1), 9, least=2) == 0
    assert tried == [4, 2]


def test_an_allocator_s_refusal_is_told_from_other_errors():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(HUGE)
    assert is_out_of_memory(caught.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(RuntimeError) as caught:
        torch.ones(2) @ torch.ones(3)
    assert not is_out_of_memory(caught.value)


def test_an_error_that_is_none_of_memory_ends_the_search():
    with pytest.raises(RuntimeError, match="size"):
        batch_that_fits(lambda films: torch.ones(2) @ torch.ones(3), 8)
