"""The expert's advice on datasets follows the domain, the task and the paper's own data."""

import pytest

from agents.contracts import DatasetRequest
from agents.expert import ExpertResearcher
from tools.papers.brief import PaperBrief
from tools.recommend import find_mentions
from tools.recommend.recommendation import AVAILABLE


def advise(text="", goal="", available=AVAILABLE, **facts):
    brief = PaperBrief(**{"paper_id": "p", "title": "", "method": "", **facts})
    request = DatasetRequest(brief=brief, mentions=find_mentions(text), available=list(available), goal=goal)
    return ExpertResearcher().recommend(request)


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        ({"domain": "vision", "task": "image classification"}, "cifar10"),
        ({"domain": "text", "task": "machine translation"}, "wikitext2"),
        ({"domain": "text", "task": "document representation"}, "imdb"),
        ({"domain": "sequence", "task": "time series classification"}, "synthetic:sequence"),
        ({"domain": "tabular", "task": "tabular classification"}, "synthetic:tabular"),
        ({"domain": "physics", "task": "solving differential equations"}, "synthetic:regression"),
        ({"domain": "vision", "title": "Handwritten digits"}, "mnist"),
        ({"text": "We train on CIFAR-100 and MNIST; MNIST is small, MNIST is old", "domain": "vision"}, "mnist"),
        ({"goal": "on fashion mnist", "domain": "vision"}, "fashion_mnist"),
        ({"datasets": ["imagenet"], "domain": "other"}, "cifar100"),
        ({"text": "We learn in MuJoCo.", "domain": "other"}, "synthetic:tabular"),
        ({}, "cifar10"),
    ],
)
def test_the_first_choice(facts, first):
    advice = advise(**facts)
    assert advice.ranking[0].name == first
    assert advice.ranking[0].reasons
    assert advice.source == "expert (rule-based)"


def test_only_what_is_available_is_advised():
    assert {one.name for one in advise(domain="vision", available=["imdb", "mnist"]).ranking} == {"mnist"}
    assert advise(domain="sequence", available=["imdb"]).ranking == []


def test_a_node_is_no_differential_equation():
    assert "synthetic:regression" not in [one.name for one in advise(task="node classification").ranking]
