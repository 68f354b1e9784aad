"""Turns of a service, with a clock that nobody waits for."""

import threading

import pytest

from runtime.errors import SourceUnavailable
from tests.tools.search.conftest import FakeTime
from tools.search.pace import Pace, arxiv_pace, openalex_pace


def test_turns_begin_apart(fake_time: FakeTime) -> None:
    pace = Pace("s", 3.0, alone=True, clock=fake_time.clock)
    starts = []
    for length in (0.0, 10.0, 0.5, 0.0):
        with pace.turn():
            starts.append(fake_time.seconds - 1000.0)
            fake_time.seconds += length
    assert starts == [0.0, 3.0, 13.0, 16.0]


def test_a_turn_alone_waits_for_the_end_of_the_one_before(fake_time: FakeTime) -> None:
    pace = Pace("s", 3.0, alone=True, clock=fake_time.clock)
    order = []

    def second() -> None:
        with pace.turn():
            order.append("second")

    with pace.turn():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.05)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_a_queue_has_an_end(fake_time: FakeTime) -> None:
    pace = Pace("arXiv", 61.0, alone=True, clock=fake_time.clock)
    with pace.turn(), pytest.raises(SourceUnavailable, match="already wait"), pace.turn():
        pass
    with pace.turn():
        assert fake_time.slept


def test_the_process_has_one_pace_a_service() -> None:
    assert arxiv_pace() is arxiv_pace() and openalex_pace() is not arxiv_pace()
