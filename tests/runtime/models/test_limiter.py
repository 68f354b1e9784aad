"""The queue in front of a model: in turn, together through pauses, stopped by cancel and deadline."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.errors import BudgetExhausted, Cancelled
from runtime.models.attempts import Clock, Patience
from runtime.models.limiter import Limiter, limiter_of
from runtime.models.names import ModelName

PATIENCE = Patience(wait_s=0.02, max_wait_s=0.1)


def limiter(minute_s: float = 60.0, tokens: int | None = None, requests: int | None = None) -> Limiter:
    made = Limiter(minute_s=minute_s, jitter=random.Random(3))
    made.keep(tokens, requests)
    return made


def eventually(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + 3
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)
    return condition()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(40) as made:
        yield made


def test_32_callers_reach_nine_tenths_of_the_limit(pool: ThreadPoolExecutor) -> None:
    queue, clock, minute = limiter(minute_s=0.6, tokens=10_000), Clock(), 0.6

    def call(_number: int) -> None:
        with queue.slot(120, clock) as slot:
            time.sleep(0.005)
            slot.settle(100)

    started = time.monotonic()
    list(pool.map(call, range(400)))
    assert 400 * 100 / 10_000 * minute / (time.monotonic() - started) >= 0.9


def test_first_come_first_served_and_large_ones_are_not_passed_by(pool: ThreadPoolExecutor) -> None:
    queue, clock, order = limiter(minute_s=0.1, tokens=1_000), Clock(), []
    with queue.slot(900, clock) as first:
        first.settle(900)
    for number, tokens in enumerate((800, 10, 10, 10)):

        def call(number: int = number, tokens: int = tokens) -> None:
            with queue.slot(tokens, clock) as slot:
                order.append(number)
                slot.settle(tokens)

        pool.submit(call)
        assert eventually(lambda n=number: queue.waiting == n + 1)  # type: ignore[misc]
    assert eventually(lambda: len(order) == 4)
    assert order == [0, 1, 2, 3]


def test_a_retried_call_stands_in_front(pool: ThreadPoolExecutor) -> None:
    queue, clock, order = limiter(minute_s=0.05, requests=1), Clock(), []
    with queue.slot(1, clock):
        pass
    for number, place in enumerate((100.0, 200.0, 50.0)):

        def call(number: int = number, place: float = place) -> None:
            with queue.slot(1, clock, place):
                order.append(number)

        pool.submit(call)
        assert eventually(lambda n=number: queue.waiting == n + 1)  # type: ignore[misc]
    assert eventually(lambda: len(order) == 3)
    assert order == [2, 0, 1]


def test_a_slot_that_frees_tokens_calls_the_next(pool: ThreadPoolExecutor) -> None:
    queue, clock = limiter(tokens=1_000), Clock()
    with queue.slot(900, clock) as slot:
        waiting = pool.submit(lambda: queue.slot(500, clock).__enter__().waited_s)
        assert eventually(lambda: queue.waiting == 1)
        slot.settle(100)
        assert waiting.result(timeout=3) < 2, "and not a minute later"


def test_cancel_and_deadline_end_a_wait_and_let_the_next_pass(pool: ThreadPoolExecutor) -> None:
    queue, cancel = limiter(tokens=1_000), threading.Event()
    with queue.slot(1_000, Clock()) as slot:
        slot.settle(1_000)

    def wait(clock: Clock) -> None:
        with queue.slot(100, clock):
            raise AssertionError("the minute is full")

    cancelled = pool.submit(wait, Clock(cancel))
    late = pool.submit(wait, Clock(deadline=time.monotonic() + 0.1))
    assert eventually(lambda: queue.waiting == 2)
    with pytest.raises(BudgetExhausted, match="--max-minutes"):
        late.result(timeout=3)
    cancel.set()
    with pytest.raises(Cancelled):
        cancelled.result(timeout=3)
    assert queue.waiting == 0


def test_a_refusal_pauses_everybody_and_they_come_back_one_by_one(pool: ThreadPoolExecutor) -> None:
    queue, clock, starts = limiter(), Clock(), []

    def call(_number: int) -> None:
        with queue.slot(1, clock):
            starts.append(time.monotonic())

    with queue.slot(1, clock) as slot:
        seconds, begins = slot.throttled(0.2, PATIENCE)
        paused = time.monotonic()
    assert begins and 0.2 <= seconds <= 0.25
    list(pool.map(call, range(20)))
    assert min(starts) - paused >= 0.19
    assert max(starts) - min(starts) >= 0.05 and len({round(start, 3) for start in starts}) > 5, "not in step"


def test_refusals_of_calls_in_flight_are_one_pause_and_later_ones_double() -> None:
    now = [0.0]
    queue, clock = Limiter(lambda: now[0], jitter=random.Random(1)), Clock()
    patience = Patience(wait_s=5, max_wait_s=40)
    slots = [queue.slot(1, clock).__enter__() for _ in range(8)]
    paused = [slot.throttled(None, patience) for slot in slots]
    assert [begins for _, begins in paused] == [True] + [False] * 7
    assert {round(seconds, 6) for seconds, _ in paused} == {round(paused[0][0], 6)} and 5 <= paused[0][0] <= 6.25
    for expected in (10, 20, 40, 40):
        now[0] += 100
        with queue.slot(1, clock) as slot:
            assert expected <= slot.throttled(None, patience)[0] <= 1.25 * expected
    now[0] += 100
    with queue.slot(1, clock) as slot:
        slot.succeeded()
    with queue.slot(1, clock) as slot:
        assert slot.throttled(None, patience)[0] <= 6.25, "an answer forgives"


def test_the_servers_word_is_taken_first_and_a_too_long_one_pauses_nobody() -> None:
    now = [0.0]
    queue, clock = Limiter(lambda: now[0], jitter=random.Random(1)), Clock()
    with queue.slot(1, clock) as slot:
        assert slot.throttled(7_200.0, PATIENCE) == (7_200.0, True)
    with queue.slot(1, clock) as slot:
        assert 0.5 <= slot.throttled(0.5, Patience())[0] <= 0.63
    now[0] = 10.0
    with queue.slot(1, clock) as slot:
        assert 5 <= slot.throttled(0.5, Patience())[0] <= 6.25, "it was refused again"


def test_a_process_has_one_queue_for_a_model_however_many_ask_at_once(pool: ThreadPoolExecutor) -> None:
    together = threading.Barrier(32)

    def ask(round_: int) -> Limiter:
        together.wait(5)
        return limiter_of(ModelName("openai", f"m{round_}"), None)

    for round_ in range(20):
        assert len(set(pool.map(ask, [round_] * 32))) == 1


def test_models_and_addresses_have_queues_of_their_own() -> None:
    name = ModelName("openai", "gpt-5")
    assert limiter_of(name, None) is limiter_of(ModelName("openai", "gpt-5"), None)
    assert limiter_of(name, None) is not limiter_of(name, "http://127.0.0.1/v1")
