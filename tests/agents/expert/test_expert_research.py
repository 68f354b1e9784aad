"""The expert searches the user's own papers, quotes them, and says where everything comes from."""

import pytest

from agents.contracts import ResearchRequest
from agents.expert import ExpertResearcher
from agents.expert.quoting import best_sentence
from agents.expert.researcher import TABLE
from runtime.errors import SourceUnavailable
from tools.papers.brief import PaperBrief
from tools.search import Found

ABSTRACT = (
    "Kernel sizes matter for time series. We propose a rule that outperforms others for time series classification. "
    "Code is online."
)
OMNI = Found(
    id="index:omni", title="Omni-Scale CNNs for time series classification", abstract=ABSTRACT, year=2022, tool="index"
)
COOKING = Found(
    id="index:cook", title="Cooking for two", abstract="A series of dishes is classified by taste.", tool="index"
)


class Index:
    """Answers every query with the same works."""

    name = "index"
    description = "papers"

    def __init__(self, *works: Found, passage: str = "", down: bool = False) -> None:
        self.works, self.passage, self.down, self.queries = works, passage, down, list[str]()

    def search(self, query: str, limit: int) -> list[Found]:
        self.queries.append(query)
        if self.down:
            raise SourceUnavailable("the index is gone")
        return list(self.works)[:limit]

    def read(self, found: Found, words: str) -> str:  # noqa: ARG002
        return self.passage or found.abstract


QUESTION = ResearchRequest(question="which network suits time series classification of ECG?")


def test_papers_of_the_index_are_quoted_word_for_word_and_cited():
    index = Index(COOKING, OMNI)
    review = ExpertResearcher(lambda: [index]).research(QUESTION)
    claim = "We propose a rule that outperforms others for time series classification."
    assert review.key_findings[0] == f"{claim} [2]" and claim in review.review_text
    assert review.recent_papers[0]["id"] == "index:omni" and review.recent_papers[0]["number"] == "2"
    assert "Cooking" not in review.model_dump_json(), "a work that shares one word is not about the question"
    assert review.source == f"1 paper found in index, and a {TABLE}"
    assert index.queries[0] == "network suits time series classification ECG" and review.searches
    assert review.query == QUESTION.question and review.recommended_approaches


def test_a_paper_without_an_abstract_is_quoted_from_its_text():
    work = OMNI.model_copy(update={"abstract": ""})
    review = ExpertResearcher(lambda: [Index(work, passage=ABSTRACT)]).research(QUESTION)
    assert "outperforms others" in review.key_findings[0]


def test_it_says_when_nothing_was_found_or_could_be_searched():
    nothing = ExpertResearcher(lambda: [Index(COOKING)]).research(QUESTION)
    down = ExpertResearcher(lambda: [Index(down=True)]).research(QUESTION)
    assert nothing.source == f"{TABLE}; a search of index found nothing on this"
    assert down.source == f"{TABLE}; index could not be searched" and "the index is gone" in down.searches[0]
    assert len(nothing.recent_papers) >= 3, "the table is there"


def test_the_paper_that_is_followed_is_no_literature_of_its_own():
    brief = PaperBrief(paper_id="omni", title=OMNI.title.upper(), method="m", task="time series classification")
    review = ExpertResearcher(lambda: [Index(OMNI)]).research(ResearchRequest(brief=brief))
    assert "found nothing" in review.source
    assert review.recommended_approaches[:2] == [
        f"the paper's own method: {OMNI.title.upper()}",
        "1-D convolutional network",
    ]


@pytest.mark.parametrize(
    ("request_", "approach"),
    [
        (ResearchRequest(question="tell sentiment of movie reviews"), "linear model of words"),
        (ResearchRequest(dataset_name="cifar10"), "2-D convolutional network"),
        (ResearchRequest(question="solve the Burgers equation"), "smooth multilayer"),
    ],
)
def test_no_data_is_needed(request_, approach):
    review = ExpertResearcher().research(request_)
    assert review.recommended_approaches[0].startswith(approach) and review.confidence > 0.2


def test_a_question_of_no_known_kind_is_answered_with_little_confidence():
    review = ExpertResearcher().research(ResearchRequest(question="what is love?"))
    assert review.confidence == 0.2 and "unspecified data" in review.review_text


def test_a_quotation_is_a_whole_sentence_of_the_text():
    assert best_sentence(ABSTRACT, "kernel sizes") in ABSTRACT
    assert best_sentence("", "x") == best_sentence("Too short.", "x") == ""
