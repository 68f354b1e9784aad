"""Numbered results, tools that are down, and references that mean the same work."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import Cancelled, InputError, SourceUnavailable
from tools.search.protocol import Found
from tools.search.references import short_id, title_key
from tools.search.session import SearchSession


class Scripted:
    """Answers each query with the next list, and fails when told."""

    description = "scripted"

    def __init__(self, name: str, *answers: list[Found] | Exception) -> None:
        self.name, self.answers, self.queries = name, list(answers), list[str]()

    def search(self, query: str, limit: int) -> list[Found]:
        self.queries.append(query)
        answer = self.answers.pop(0) if self.answers else []
        if isinstance(answer, Exception):
            raise answer
        return answer[:limit]

    def read(self, found: Found, words: str) -> str:
        return f"all of {found.id} about {words}"


def found(name: str, title: str = "", tool: str = "arxiv", **fields: object) -> Found:
    return Found(id=f"{tool}:{name}", title=title or f"A work called {name}", tool=tool, **fields)  # type: ignore[arg-type]


def test_results_are_numbered_once_and_the_best_come_first() -> None:
    first = Scripted("arxiv", [found("1"), found("2")], [found("3")])
    second = Scripted("index", [found("9", "A WORK called 1!", "index"), found("8", tool="index")])
    session = SearchSession([first, second])
    heard = session.search_all(["q", "r"])
    assert [item.found.id for item in heard] == ["arxiv:1", "arxiv:3", "arxiv:2", "index:8"]
    assert [item.number for item in session.results] == [1, 2, 3, 4]
    assert session.log == [
        "arxiv: 'q': 2 results",
        "arxiv: 'r': 1 result",
        "index: 'q': 2 results",
        "index: 'r': 0 results",
    ]
    assert [item.number for item in session.search("arxiv", "again")] == []


def test_a_tool_that_is_down_is_named_and_not_asked_again() -> None:
    down, up = Scripted("arxiv", [found("1")], SourceUnavailable("arXiv is down.")), Scripted("index", [])
    session = SearchSession([down, up])
    assert len(session.search_all(["a", "b", "c"])) == 1
    assert "arxiv: not searched any further: arXiv is down." in session.log and len(down.queries) == 2
    session.search_all(["d"])
    assert len(down.queries) == 2
    with pytest.raises(InputError, match="there are: index"):
        session.search("arxiv", "e")
    with pytest.raises(InputError):
        session.search("../x", "e")


def test_nobody_waits_for_ever_or_after_a_cancellation() -> None:
    stuck = threading.Event()

    class Stuck(Scripted):
        def search(self, query: str, limit: int) -> list[Found]:  # noqa: ARG002
            self.queries.append(query)
            stuck.wait(5)
            return []

    def cancelled() -> None:
        raise Cancelled("stop")

    slow = Stuck("arxiv")
    session = SearchSession([slow], patience_s=0.01)
    assert session.search_all(["a", "b"]) == [] and "no answer within" in session.log[0]
    with pytest.raises(Cancelled):
        SearchSession([Stuck("arxiv")], check=cancelled).search_all(["a"])
    stuck.set()
    for thread in threading.enumerate():
        if thread.name == "search-arxiv":
            thread.join(5)
    assert slow.queries == ["a"], "a tool that nobody waits for is not asked further"


def test_a_bug_in_a_tool_is_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    with pytest.raises(RuntimeError, match="unexpectedly"):
        SearchSession([Scripted("arxiv", KeyError("bug"))]).search_all(["a"])


def test_results_are_read_by_number_id_address_or_title() -> None:
    session = SearchSession([Scripted("arxiv", [found("1706.03762", url="https://arxiv.org/abs/1706.03762")])])
    session.search_all(["a"])
    for reference in (
        "1",
        "[1]",
        "arXiv:1706.03762v3",
        "https://arxiv.org/pdf/1706.03762.pdf",
        "a work called 1706.03762",
    ):
        assert session.read(reference, "loss") == "all of arxiv:1706.03762 about loss"
    for reference in ("0", "2", "-1", "arxiv:1706.0376", "", "../../etc/passwd", "٣"):
        with pytest.raises(InputError):
            session.read(reference, "loss")


def test_there_is_an_end_to_results() -> None:
    session = SearchSession([])
    assert len(session.add(found(str(i)) for i in range(500))) == 60
    assert session.add([found("3")])[0].number == 4, "a known one is still found"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("arXiv:1706.03762v7", "http://arxiv.org/abs/1706.03762"),
        ("10.48550/arXiv.1706.03762", "arxiv:1706.03762"),
        ("https://doi.org/10.1109/5.726791", "doi:10.1109/5.726791"),
        ("https://openalex.org/W42", "openalex:w42"),
        ("https://example.org/a/", "web:https://example.org/a"),
        ("cs/0112017v1", "arxiv:cs/0112017"),
    ],
)
def test_two_ways_of_writing_one_id(one: str, other: str) -> None:
    assert short_id(one) == short_id(other)


@given(st.text(max_size=60))
def test_any_text_may_be_a_reference(text: str) -> None:
    session = SearchSession([])
    session.add([found("1")])
    short_id(text), title_key(text), session.find(text)
