"""Citations that no search has found do not survive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cited_papers import MARK, hold_to_results
from agents.contracts import LiteratureReview
from tools.search import Found, SearchSession

RESULTS = [
    Found(id="arxiv:1706.03762", title="Attention Is All You Need", authors=["Ashish Vaswani"], year=2017, tool="arxiv",
          url="https://arxiv.org/abs/1706.03762", venue="arXiv"),
    Found(id="openalex:W2", title="Deep learning for ECG: a review", authors=["Eva Kim", "Jo Ito"], tool="openalex"),
    Found(id="index:omni", title="Omni-Scale CNNs: a simple and effective kernel size configuration", tool="index"),
]  # fmt: skip


def session(results: list[Found] = RESULTS) -> SearchSession:
    made = SearchSession([])
    made.add(results)
    made.log.append("arxiv: 'q': 3 results")
    return made


def review(text: str = "", papers: list[dict[str, str]] | None = None, **fields: object) -> LiteratureReview:
    return LiteratureReview(query="q", review_text=text, recent_papers=papers or [], confidence=0.9, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("paper", "number"),
    [
        ({"title": "attention is all you need."}, "1"),
        ({"title": "Attention", "number": "1"}, "1"),
        ({"id": "arXiv:1706.03762v5"}, "1"),
        ({"url": "https://arxiv.org/pdf/1706.03762"}, "1"),
        ({"title": "Deep Learning for ECG", "number": "[2]"}, "2"),
        ({"title": "Omni-Scale CNNs", "id": "index:omni"}, "3"),
        ({"number": "3"}, "3"),
    ],
)
def test_a_paper_that_was_found_is_cited_with_the_facts_of_the_search(paper: dict[str, str], number: str) -> None:
    held = hold_to_results(
        review(papers=[paper | {"relevance": "helps", "year": "1066", "venue": "Invented"}]), session()
    )
    assert held.dropped_citations == 0 and held.recent_papers[0]["number"] == number
    assert held.recent_papers[0]["relevance"] == "helps" and "1066" not in str(held.recent_papers)
    assert held.confidence == 0.9 and held.searches == ["arxiv: 'q': 3 results"]


@pytest.mark.parametrize(
    "paper",
    [
        {"title": "A Paper That Nobody Wrote"},
        {"title": "A Paper That Nobody Wrote", "number": "1"},
        {"title": "A Paper That Nobody Wrote", "id": "arxiv:2101.00001"},
        {"id": "arxiv:2101.00001"},
        {"title": "T"},
        {"number": "4"},
        {},
    ],
)
def test_an_invented_paper_is_dropped_and_counted(paper: dict[str, str]) -> None:
    held = hold_to_results(review(papers=[paper]), session())
    assert held.recent_papers == [] and held.dropped_citations == 1 and held.confidence == 0.5


def test_references_in_the_text_are_held_to_the_results() -> None:
    text = (
        "Attention works [1], as [2, 9] and [7] say; see arXiv:2101.00001 and arXiv:1706.03762, https://e.org/x. "
        "Smith et al. (2020) and Kim et al., 2019 agree. Use kernel sizes [3, 5, 7] on inputs scaled to [0, 1]."
    )
    held = hold_to_results(review(text, key_findings=["Good [8]."], recommended_approaches=["a CNN [3]"]), session())
    assert held.review_text == (
        f"Attention works [1], as [2] and say; see arXiv:2101.00001{MARK} and arXiv:1706.03762, "
        f"https://e.org/x{MARK}. Smith et al. (2020){MARK} and Kim et al., 2019 agree. "
        "Use kernel sizes [3, 5, 7] on inputs scaled to [0, 1]."
    )
    assert held.key_findings == ["Good."] and held.recommended_approaches == ["a CNN [3]"]
    assert [paper["number"] for paper in held.recent_papers] == ["1", "2", "3"], "what the text cites is listed"
    assert held.dropped_citations == 6


def test_an_invented_title_is_marked_where_the_text_names_it() -> None:
    title = "A Paper That Nobody Wrote (v2.0"
    held = hold_to_results(review(f"As {title} shows.", [{"title": title}]), session())
    assert held.review_text == f"As {title}{MARK} shows." and held.dropped_citations == 1


def test_with_no_result_nothing_is_cited() -> None:
    held = hold_to_results(review("CNNs work [1].", [{"title": "Attention Is All You Need"}]), session([]))
    assert held.recent_papers == [] and held.review_text == "CNNs work."
    assert held.dropped_citations == 2 and held.confidence == 0.3


@given(
    st.text(max_size=80),
    st.lists(st.dictionaries(st.sampled_from(["title", "id", "number", "url"]), st.text(max_size=20))),
)
def test_whatever_a_model_writes_only_results_are_listed(text: str, papers: list[dict[str, str]]) -> None:
    held = hold_to_results(review(f"{text} [2][99]", papers), session())
    assert {paper["title"] for paper in held.recent_papers} <= {found.title for found in RESULTS}
    assert "[99]" not in held.review_text or "[99]" in text
