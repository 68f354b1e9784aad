"""The researcher and the reviewer are honest about what they are."""

import pytest

from agents.contracts import CodeRequest, ResearchRequest, ReviewRequest
from agents.expert import ExpertCoder, ExpertResearcher, ExpertReviewer
from agents.expert.shelves import SHELVES
from tools.review import review_code

KINDS = ("table", "regression", "sequence", "image", "text", "language")


@pytest.mark.parametrize("kind", KINDS)
def test_a_review_of_literature_says_where_it_comes_from(kind, profile):
    review = ExpertResearcher().research(ResearchRequest(profile=profile(kind)))
    assert review.source == "curated table (no literature search)"
    assert "not from a search" in review.review_text
    assert len(review.key_findings) == len(review.recent_papers) >= 3
    assert all({"authors", "title", "venue", "year"} <= set(paper) for paper in review.recent_papers)
    assert all(1990 < int(paper["year"]) < 2026 for paper in review.recent_papers)


@pytest.mark.parametrize("kind", KINDS)
def test_the_coder_can_follow_the_researcher(kind, profile):
    first = ExpertResearcher().research(ResearchRequest(profile=profile(kind))).recommended_approaches[0]
    function = ExpertCoder().write(CodeRequest(profile=profile(kind), recommended_approach=first))
    assert any("literature review recommends" in reason for reason in function.metadata["reasons"])


def test_no_work_is_listed_twice_on_a_shelf():
    for shelf in SHELVES.values():
        titles = [work.title for work in shelf.works]
        assert len(titles) == len(set(titles))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["xla", "cpu", "cuda"])
def test_our_own_reviewer_finds_nothing_in_blueprints(kind, target, profile):
    function = ExpertCoder().write(CodeRequest(profile=profile(kind), target=target))
    found = review_code(function.training_code, target, function.bo_config, function.constraints)
    assert [f.message for f in found if "quantization_bits" not in f.message] == []  # the harness reads that one


def test_the_reviewer_claims_no_judgement(profile):
    function = ExpertCoder().write(CodeRequest(profile=profile("table")))
    answer = ExpertReviewer().review(ReviewRequest(function=function))
    assert answer.training_code is None
    assert [issue.severity for issue in answer.issues] == ["note"]
    assert "no model has judged" in answer.issues[0].message


def test_the_reviewer_sees_too_few_classes_and_short_embeddings(profile):
    function = ExpertCoder().write(CodeRequest(profile=profile("table")))
    wrong = function.model_copy(update={"training_code": "num_classes = 2\n" + function.training_code})
    issues = ExpertReviewer().review(ReviewRequest(function=wrong)).issues
    assert [(issue.severity, issue.line) for issue in issues if "3 classes" in issue.message] == [("error", 1)]
    text = ExpertCoder().write(CodeRequest(profile=profile("text")))
    short = text.model_copy(update={"training_code": "import torch\n\nembed = torch.nn.Embedding(40, 8)\n"})
    issues = ExpertReviewer().review(ReviewRequest(function=short)).issues
    assert any("40 rows for 60 tokens" in issue.message and issue.line == 3 for issue in issues)


def test_the_reviewer_applies_safe_fixes(profile):
    function = ExpertCoder().write(CodeRequest(profile=profile("table")))
    code = function.training_code.replace("inputs.to(device)", "inputs.cuda()")
    broken = function.model_copy(update={"training_code": code})
    answer = ExpertReviewer().review(ReviewRequest(function=broken))
    assert answer.training_code is not None
    assert ".cuda()" not in answer.training_code
