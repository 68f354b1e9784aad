"""Reviews over a small index, over a server that answers as arXiv and OpenAlex do, and over nothing."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from openai_server import OpenAIServer
from scripted_server import Say
from search_server import SearchServer, feed, works

from evals.contracts import Case, CaseSkipped, Place
from evals.runners.literature import opened
from evals.scorers import literature as scorers
from evals.suites import load_suite
from runtime.settings import load_settings

ECHO = {"id": "1802.00001", "title": "Echo State Networks for Heart Beats", "abstract": "Heart beats are series."}
ANSWER = {
    "review_text": "Echo states suit heart beats [1], and so do the nets of Doe et al. (2021).",
    "recommended_approaches": ["an echo state network"],
    "recent_papers": [{"number": 1}, {"title": "A Paper That Nobody Wrote About Beats"}],
}


def run(tmp_path: Path, case: Case, model: str = "expert", **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    place = Place(load_settings(env_file=None, **settings), tmp_path, threading.Event())
    with opened(place) as runner:
        output = runner(case, 0, model)
    return output, {scorer.__name__: scorer(case, output) for scorer in scorers.SCORERS}


def test_the_expert_cites_what_the_index_holds(tmp_path: Path) -> None:
    case = next(case for case in load_suite("literature").cases if case.id == "signals")
    output, scores = run(tmp_path, case)
    assert output["tools"] == ["index"] and "1 paper found in index" in output["review"]["source"]
    assert set(scores.values()) == {1.0}, scores


def test_with_nothing_to_search_the_table_says_what_it_is(tmp_path: Path) -> None:
    case = Case(id="x", given={"question": "Which network suits time series classification?", "papers": []})
    output, scores = run(tmp_path, case)
    assert output["tools"] == [] and output["found"] == []
    assert scores["searched"] is None and scores["honest_source"] == 1.0 and scores["citations_real"] == 1.0


def test_what_a_model_invents_is_counted(tmp_path: Path) -> None:
    case = Case(id="x", given={"question": "Which network suits heart beats?", "online": True})
    answer = json.dumps(ANSWER)
    with SearchServer(*[feed(ECHO)] * 9) as arxiv, SearchServer(*[works()] * 9) as openalex:
        with OpenAIServer(*[Say(answer)] * 3) as server:
            model, places = f"openai:m@{server.base_url}", {"arxla_arxiv_url": arxiv.address}
            output, scores = run(
                tmp_path, case, model, openai_api_key="sk-x", arxla_openalex_url=openalex.address, **places
            )
        assert arxiv.asked and openalex.asked
    assert {one["title"] for one in output["found"]} == {ECHO["title"]}
    assert scores["citations_real"] == 1.0, "the review is held to what was found"
    assert scores["invented_none"] == 0.0 and output["review"]["dropped_citations"] == 2
    assert scores["searched"] == 1.0 and scores["honest_source"] == 1.0 and output["usage"]


def test_a_replay_searches_nothing_online(tmp_path: Path) -> None:
    case = Case(id="x", given={"question": "Which network suits heart beats?", "online": True})
    with SearchServer(*[feed(ECHO)] * 9) as arxiv, SearchServer(*[works()] * 9) as openalex:
        places = {"arxla_arxiv_url": arxiv.address, "arxla_openalex_url": openalex.address}
        with OpenAIServer(*[Say(json.dumps(ANSWER))] * 3) as server:
            model = f"openai:m@{server.base_url}"
            run(tmp_path, case, model, openai_api_key="sk-x", arxla_record=tmp_path / "tape", **places)
        asked = len(arxiv.asked), len(openalex.asked)
        output, _ = run(tmp_path, case, "openai:m", arxla_replay=tmp_path / "tape", **places)
        assert (len(arxiv.asked), len(openalex.asked)) == asked
    assert output["found"] == [] and "nothing was searched" in output["review"]["source"], output["review"]["source"]


def test_scorers_see_through_a_dishonest_review() -> None:
    review = {
        "query": "x", "review_text": "By [unverified] works.", "recent_papers": [{"title": "Never Written Anywhere"}],
        "source": "12 papers found in index",
    }  # fmt: skip
    output = {"review": review, "found": [], "tools": ["index"], "expert": False}
    case = Case(id="x", expected={"words": ["series"], "finds": ["Something That Is There"]})
    scores = {scorer.__name__: scorer(case, output) for scorer in scorers.SCORERS}
    assert set(scores.values()) == {0.0}, scores


def test_papers_that_are_not_there_skip_the_case(tmp_path: Path) -> None:
    with pytest.raises(CaseSkipped, match=r"no papers nowhere\.pdf"):
        run(tmp_path, Case(id="x", given={"question": "x", "papers": ["nowhere.pdf"]}))
