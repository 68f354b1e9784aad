"""arXiv and OpenAlex as they really answer, and what the web does to answers."""

import json
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_server import FEED, Reply, SearchServer, feed, feed_error, invert, works

from runtime.errors import SourceUnavailable
from tests.tools.search.conftest import FakeTime
from tools.search.arxiv import ArxivSearch, read_feed
from tools.search.openalex import OpenAlexSearch, read_works, rebuild
from tools.search.pace import Pace
from tools.search.web import Garbled, Web

PAPER = {"id": "1706.03762", "title": "Attention\n  Is All You Need", "abstract": "The dominant models."}
WORK = {"id": "W1", "title": "Learning <i>internal</i> representations &amp; more", "abstract": "a b a"}
BOMB = b"""<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>
<feed xmlns="http://www.w3.org/2005/Atom"><title>&b;</title></feed>"""


def web(server: SearchServer, time: FakeTime, **changes: object) -> Web:
    return Web("arXiv", server.address, Pace("arXiv", 3.0, alone=True, clock=time.clock), **changes)  # type: ignore[arg-type]


def test_arxiv_is_asked_for_all_words_then_for_any(fake_time: FakeTime) -> None:
    with SearchServer(feed(), feed(PAPER)) as server:
        found = ArxivSearch(web(server, fake_time)).search("how do I use AND attention: for ECG-signals?", 3)
        first, second = server.asked
    assert first["search_query"] == "all:attention AND all:ECG AND all:signals" and first["max_results"] == "3"
    assert " OR " in second["search_query"] and first["sortBy"] == "relevance"
    assert found[0].title == "Attention Is All You Need" and found[0].url == "https://arxiv.org/abs/1706.03762"


def test_requests_to_arxiv_begin_three_seconds_apart(fake_time: FakeTime) -> None:
    with SearchServer(feed(PAPER), feed(PAPER), feed(PAPER)) as server:
        tool = ArxivSearch(web(server, fake_time))
        for _ in range(3):
            tool.search("attention", 1)
    assert fake_time.slept == [3.0, 3.0]


def test_arxivs_error_entry_is_an_error(fake_time: FakeTime) -> None:
    with (
        SearchServer(feed_error("incorrect id format for 1234.12345")) as server,
        pytest.raises(SourceUnavailable) as it,
    ):
        ArxivSearch(web(server, fake_time)).search("attention", 1)
    assert "incorrect id format" in str(it.value) and len(server.asked) == 1, "a bad request is not repeated"


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for(fake_time: FakeTime, status: int) -> None:
    with SearchServer(Reply(b"", status, {"retry-after": "7"}), feed(PAPER)) as server:
        assert ArxivSearch(web(server, fake_time)).search("attention", 1)
    assert sum(fake_time.slept) >= 7.0


def test_a_retry_after_that_is_a_date_counts_too(fake_time: FakeTime) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    with SearchServer(Reply(b"", 429, {"retry-after": later}), feed(PAPER)) as server:
        assert ArxivSearch(web(server, fake_time)).search("attention", 1)
    assert max(fake_time.slept) > 6.0


def test_a_long_retry_after_is_not_waited_for(fake_time: FakeTime) -> None:
    with (
        SearchServer(Reply(b"", 429, {"retry-after": "86400"})) as server,
        pytest.raises(SourceUnavailable, match="429"),
    ):
        ArxivSearch(web(server, fake_time)).search("attention", 1)
    assert fake_time.slept == []


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html><body>busy</body></html>"),
        Reply(b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>"),
        Reply(b""),
        Reply(BOMB),
        Reply(b"", 500),
        Reply(feed(PAPER).body, promised=100_000),
    ],
)
def test_broken_answers_are_asked_for_again(fake_time: FakeTime, reply: Reply) -> None:
    with SearchServer(reply, reply, feed(PAPER)) as server:
        assert ArxivSearch(web(server, fake_time)).search("attention", 1)
    with SearchServer(*[reply] * 9) as server, pytest.raises(SourceUnavailable):
        ArxivSearch(web(server, fake_time)).search("attention", 1)
    assert len(server.asked) == 3


def test_a_huge_answer_is_not_read_to_its_end(fake_time: FakeTime) -> None:
    with SearchServer(Reply(b"x" * 300_000)) as server, pytest.raises(SourceUnavailable, match="larger than"):
        ArxivSearch(web(server, fake_time, most_bytes=100_000)).search("attention", 1)
    assert len(server.asked) == 1


def test_no_network_fails_at_once(fake_time: FakeTime) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    tool = ArxivSearch(Web("arXiv", address, Pace("arXiv", 3.0, clock=fake_time.clock)))
    with pytest.raises(SourceUnavailable, match="no connection"):
        tool.search("attention", 1)
    assert fake_time.slept == []


def test_openalex_is_told_who_asks(fake_time: FakeTime) -> None:
    with SearchServer(works(WORK)) as server:
        place = Web("OpenAlex", f"{server.address}/works", Pace("OpenAlex", 0.1, clock=fake_time.clock))
        found = OpenAlexSearch(place, "me@example.org", "k-1").search("Back AND propagation NOT", 2)[0]
        asked = server.asked[0]
    assert asked["mailto"] == "me@example.org" and asked["api_key"] == "k-1" and asked["per-page"] == "2"
    assert asked["search"] == "back propagation not" and server.paths == ["/works"]
    assert found.title == "Learning internal representations & more" and found.venue == "Neural Computation"
    assert found.abstract == "a b a" and found.url == "https://openalex.org/W1"


def test_openalexs_refusal_is_shown_with_what_to_do_and_no_key(fake_time: FakeTime) -> None:
    refusal = Reply(json.dumps({"error": "Forbidden", "message": "API key required"}).encode(), 403)
    with SearchServer(refusal) as server, pytest.raises(SourceUnavailable) as caught:
        place = Web("OpenAlex", server.address, Pace("x", 0.1, clock=fake_time.clock), hint="set OPENALEX_API_KEY")
        OpenAlexSearch(place, key="k-secret-1").search("attention", 2)
    assert "API key required" in str(caught.value) and "set OPENALEX_API_KEY" in str(caught.value)
    assert "k-secret-1" not in str(caught.value)


@given(st.lists(st.text(alphabet="abcdefg", min_size=1, max_size=5), max_size=60))
def test_an_inverted_abstract_is_rebuilt(words: list[str]) -> None:
    assert rebuild(invert(" ".join(words))) == " ".join(words)


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.lists(st.one_of(st.none(), st.integers())))))
def test_a_hostile_index_is_only_text(inverted: object) -> None:
    assert len(rebuild(inverted)) <= 4_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(st.lists(anything, max_size=4))
def test_odd_works_are_left_out(results: list[object]) -> None:
    assert read_works(json.dumps({"results": results}).encode()) == []


@given(st.binary(max_size=200))
def test_odd_bytes_are_garbled_and_nothing_worse(body: bytes) -> None:
    for read in (read_feed, read_works):
        with pytest.raises(Garbled):
            read(body)


def test_entries_without_an_id_of_arxiv_are_left_out() -> None:
    entry = "<entry><id>file:///etc/passwd</id><title>T</title></entry><entry><id>http://arxiv.org/abs/1</id></entry>"
    assert read_feed(FEED.format(total=1, entries=entry).encode()) == []
