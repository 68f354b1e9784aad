"""The first searches are decided by the request alone."""

import pytest

from agents.contracts import ResearchRequest
from agents.queries import first_queries
from agents.subjects import kind_in_words, subject_of
from runtime.data_profile import DataProfile
from tools.papers.brief import PaperBrief

BRIEF = PaperBrief(
    paper_id="p", title="Omni-Scale CNNs", domain="sequence", task="time series classification", method="M"
)


def test_a_question_comes_first_without_its_small_words() -> None:
    queries = first_queries(ResearchRequest(question="What works best for detecting arrhythmia in ECG signals?"))
    assert queries[0] == "detecting arrhythmia ECG signals"
    assert queries[1] == "time series efficient neural network"


def test_the_dataset_is_searched_by_what_the_user_calls_it(profile: DataProfile) -> None:
    named = first_queries(ResearchRequest(profile=profile, dataset_name="/data/ECG_5000.npz", goal="tiny on a watch"))
    assert named[0] == "ECG 5000 tabular classification" and "tiny watch" in named[1]
    assert first_queries(ResearchRequest(profile=profile))[0] == "digits tabular classification"
    unnamed = profile.model_copy(update={"dataset_name": "data.csv"})
    assert first_queries(ResearchRequest(profile=unnamed)) == ["tabular classification efficient neural network"]


def test_a_paper_is_searched_by_title_task_and_method() -> None:
    queries = first_queries(ResearchRequest(brief=BRIEF))
    assert queries[:2] == ["Omni Scale CNNs", "time series classification M"[:-2]]


def test_an_empty_request_asks_nothing() -> None:
    assert first_queries(ResearchRequest()) == [] and subject_of(ResearchRequest()) == ""


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("small causal language model with low perplexity", "language"),
        ("sentiment of movie reviews", "text"),
        ("classify CIFAR-10 images", "image"),
        ("Fashion_MNIST", "image"),
        ("ECG anomaly detection", "sequence"),
        ("predict churn from a csv of customers", "table"),
        ("solve the Navier-Stokes equations", "physics"),
        ("what is love", ""),
    ],
)
def test_a_kind_of_data_is_read_from_words(words: str, kind: str) -> None:
    assert kind_in_words(words) == kind


def test_the_brief_tells_when_the_words_do_not() -> None:
    assert subject_of(ResearchRequest(brief=BRIEF, goal="fast")) == "sequence"
    assert subject_of(ResearchRequest(brief=BRIEF, question="on images")) == "image"
