"""Limits of tokens and requests a minute, played through in simulated time against servers that count differently."""

import heapq
import itertools
import random
from collections import deque
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.models.allowance import Allowance

MINUTE = 60.0


class Server(Protocol):
    def takes(self, now: float, tokens: int) -> bool: ...


class Bucket:
    """Refills all the time, as OpenAI's and Bedrock's limits do; holds `seconds` worth of tokens."""

    def __init__(self, limit: int, seconds: float = MINUTE) -> None:
        self.rate, self.now = limit / MINUTE, 0.0
        self.capacity = self.level = self.rate * seconds

    def takes(self, now: float, tokens: int) -> bool:
        self.level, self.now = min(self.capacity, self.level + (now - self.now) * self.rate), now
        fits = self.level >= min(tokens, self.capacity)
        self.level -= tokens if fits else 0
        return fits


class Window:
    """Counts the last minute."""

    def __init__(self, limit: int) -> None:
        self.limit, self.log = limit, deque[tuple[float, int]]()

    def takes(self, now: float, tokens: int) -> bool:
        while self.log and self.log[0][0] <= now - MINUTE:
            self.log.popleft()
        fits = not self.log or sum(used for _, used in self.log) + tokens <= self.limit
        if fits:
            self.log.append((now, tokens))
        return fits


def play(server: Server, limit: int, size: int, calls: int, latency: float, callers: int = 32) -> tuple[float, int]:
    """Seconds that the calls took and how many were refused; a refusal pauses everybody for 5 s, then 10 s, …"""
    chance, allowance = random.Random(7), Allowance(limit, None, 0.0)
    estimate, now, resume, strikes, refused, done = int(size * 1.2), 0.0, 0.0, 0, 0, 0
    todo, free, events, number = calls, callers, [], itertools.count()
    while done < calls:
        while todo and free and now >= resume and allowance.wait(now, estimate) <= 0:
            todo, free = todo - 1, free - 1
            use = allowance.take(now, estimate)
            heapq.heappush(events, (now + chance.uniform(0.01, 0.2), next(number), "arrives", use))
        start = max(resume, now + allowance.wait(now, estimate)) if todo and free else float("inf")
        if not events or start < events[0][0]:
            now = start + 1e-6
            continue
        now, _, kind, use = heapq.heappop(events)
        if kind == "arrives" and not server.takes(now, size):
            todo, free, refused = todo + 1, free + 1, refused + 1
            allowance.settle(use, 0)
            if use.at >= resume:
                strikes, resume = strikes + 1, now + 5 * 2**strikes
                allowance.refused(again=strikes > 1)
        elif kind == "arrives":
            heapq.heappush(events, (now + latency * chance.uniform(0.5, 1.5), next(number), "ends", use))
        else:
            allowance.settle(use, size)
            done, free, strikes = done + 1, free + 1, 0 if use.at >= resume else strikes
    return now, refused


@pytest.mark.parametrize(
    ("limit", "size", "latency"), [(3_000_000, 7_000, 2), (200_000, 7_000, 10), (30_000, 2_000, 10)]
)
@pytest.mark.parametrize("kind", [Bucket, Window])
def test_32_callers_use_nine_tenths_of_the_limit(
    kind: type[Bucket | Window], limit: int, size: int, latency: float
) -> None:
    calls = 6 * limit // size
    seconds, refused = play(kind(limit), limit, size, calls, latency)
    assert calls * size / limit * MINUTE / (seconds - latency) >= 0.9
    assert refused == 0 if kind is Bucket else refused <= 64


@pytest.mark.parametrize("seconds", [10, 1])
def test_a_server_that_takes_smaller_bursts_is_learnt(seconds: float) -> None:
    took, refused = play(Bucket(3_000_000, seconds), 3_000_000, 7_000, 3_000, 2)
    assert 3_000 * 7_000 / 3_000_000 * MINUTE / took >= 0.85 and refused <= 100


def test_a_request_larger_than_the_minute_goes_alone_and_is_paid_for() -> None:
    allowance = Allowance(1_000, None, 0.0)
    assert allowance.wait(0.0, 5_000) == 0 and allowance.take(0.0, 5_000).oversized
    assert allowance.wait(1.0, 10) > 200, "five minutes' worth was sent"
    assert allowance.wait(310.0, 10) == 0
    small = Allowance(1_000, None, 0.0)
    small.take(0.0, 10)
    assert 0 < small.wait(0.0, 5_000) <= 62, "it waits for the others, and not for ever"
    assert small.wait(62.0, 5_000) == 0


def test_requests_are_counted_too() -> None:
    allowance = Allowance(None, 3, 0.0)
    for moment in (0.0, 1.0, 2.0):
        assert allowance.wait(moment, 1) == 0
        allowance.take(moment, 1)
    assert allowance.wait(10.0, 1) == pytest.approx(51.0)
    assert allowance.wait(61.0, 1) == 0


def test_real_usage_replaces_the_estimate() -> None:
    allowance = Allowance(10_000, None, 0.0)
    use = allowance.take(0.0, 9_000)
    assert allowance.wait(0.0, 5_000) > 0
    allowance.settle(use, 1_000)
    assert allowance.wait(0.0, 5_000) == 0
    allowance.settle(use, 10_000)
    assert allowance.wait(0.0, 5_000) > 0


def test_other_limits_hold_at_once_and_what_was_sent_counts() -> None:
    allowance = Allowance(None, None, 0.0)
    allowance.take(0.0, 900)
    assert allowance.wait(0.0, 10**9) == 0
    allowance.change(1_000, None)
    assert allowance.wait(0.0, 500) > 0 and allowance.wait(0.0, 50) == 0
    allowance.change(None, None)
    assert allowance.wait(0.0, 500) == 0


@given(
    st.integers(100, 10_000),
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 20_000), st.floats(0.1, 2)), max_size=60),
)
def test_no_two_minutes_take_more_than_the_limit_allows(limit: int, requests: list[tuple[float, int, float]]) -> None:
    """A full bucket and one refill are the most, beside one request that is larger than the bucket."""
    allowance, now, sent = Allowance(limit, None, 0.0), 0.0, []
    for pause, tokens, real in requests:
        now += pause
        while (wait := allowance.wait(now, tokens)) > 0:
            assert wait <= 62 * (1 + 60 * 40_000 / limit), "no wait is for ever"
            now += wait
        use = allowance.take(now, tokens)
        allowance.settle(use, min(tokens, int(tokens * real)))
        sent.append((now, use.tokens))
    largest = max((tokens for _, tokens in sent), default=0)
    for start, _ in sent:
        minute = sum(tokens for at, tokens in sent if start <= at < start + MINUTE)
        assert minute <= 2 * limit + largest


@given(st.integers(1_000, 100_000), st.lists(st.tuples(st.floats(0, 30), st.integers(1, 1_000)), max_size=60))
def test_after_a_refusal_no_minute_takes_more_than_the_limit(limit: int, requests: list[tuple[float, int]]) -> None:
    allowance, now, sent = Allowance(limit, None, 0.0), 0.0, []
    allowance.refused(again=True)
    for pause, tokens in requests:
        now += pause
        while (wait := allowance.wait(now, tokens)) > 0:
            now += wait
        allowance.take(now, tokens)
        sent.append((now, tokens))
    for start, _ in sent:
        assert sum(tokens for at, tokens in sent if start <= at < start + MINUTE) <= limit
