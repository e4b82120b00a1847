"""Reading ahead keeps the order, and an error waits for its turn."""

import queue
import threading
import time

import pytest

from pleura.core.ahead import Ahead


def test_inputs_come_in_order_with_their_results():
    with Ahead([3, 1, 2], lambda number: number * 10) as ahead:
        assert [(number, future.result()) for number, future in ahead] == [(3, 30), (1, 10), (2, 20)]


def test_no_input_gives_nothing():
    with Ahead([], str) as ahead:
        assert list(ahead) == []


def test_an_error_is_raised_where_its_result_is_asked_for():
    with Ahead([1, 0, 2], lambda number: 6 // number) as ahead:
        results = []
        for _, future in ahead:
            try:
                results.append(future.result())
            except ZeroDivisionError:
                results.append(None)
    assert results == [6, None, 3]


def test_the_first_read_starts_before_it_is_asked_for():
    started = threading.Event()
    with Ahead([1], lambda _: started.set()):
        assert started.wait(timeout=10)


def test_as_many_are_read_ahead_as_are_asked_for_and_no_more():
    begun = queue.Queue()
    with Ahead(range(7), begun.put, count=3) as ahead:
        coming = iter(ahead)
        for taken in range(7):
            most = min(taken + 3, 7)
            while begun.qsize() < most:
                time.sleep(0.001)
            assert begun.qsize() == most
            number, future = next(coming)
            assert number == taken
            future.result()


def test_reading_outside_the_block_is_an_error():
    with pytest.raises(RuntimeError, match="with"):
        next(iter(Ahead([1], str)))
