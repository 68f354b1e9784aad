"""The expert's code for a paper: the nearest family, the paper's values, and no claim that the code does not keep."""

import ast

import pytest

from agents.citations import citations, cited_code
from agents.contracts import CodeRequest
from agents.expert import ExpertCoder
from agents.expert.papers.judging import Evidence, judge
from runtime.search_space import defaults
from tools.papers.brief import ArchitectureRow, Criterion, Hyperparameter, PaperBrief
from tools.review import review_code

TEXTS = (
    "We employ multi-head attention in each layer.",
    "We employ a residual connection around each of the two sub-layers.",
    "We use the Adam optimizer with β1 = 0.9 and β2 = 0.98.",
    "We apply dropout with a rate of 0.15.",
    "Quantile sketches of histograms are shared among the workers.",
)


def make_brief(**settings):
    return PaperBrief(
        paper_id="p",
        title="A Transformer with Self-Attention",
        method="A transformer of self-attention and feed-forward layers with layer normalization.",
        architecture=[ArchitectureRow(component="attention", details="multi-head self-attention")],
        hyperparameters=[Hyperparameter(name=name, value=value) for name, value in settings.items()],
        criteria=[Criterion(id=f"C{at}", text=text) for at, text in enumerate(TEXTS, start=1)],
    )


def write(profile, brief, **changes):
    return ExpertCoder().write(CodeRequest(profile=profile, brief=brief, **changes))


@pytest.mark.parametrize(
    ("kind", "family"), [("sequence", "transformer"), ("image", "transformer"), ("text", "text_transformer")]
)
def test_the_nearest_family_is_written(kind, family, profile):
    function = write(profile(kind), make_brief())
    assert function.model_name == family
    assert any(
        reason.startswith("of what the paper's architecture names, it has") for reason in function.metadata["reasons"]
    )


def test_what_the_user_asks_for_goes_before_the_paper(profile):
    assert write(profile("sequence"), make_brief(), goal="a cnn please").model_name == "cnn1d"


def test_the_papers_values_are_defaults_within_reason(profile):
    brief = make_brief(
        lr="1e-3", dropout="0.15", weight_decay="0.05", batch_size="2K", epochs="300", layers="12", heads="2"
    )
    function = write(profile("sequence"), brief)
    values = defaults(function.bo_config)
    assert (values["lr"], values["dropout"], values["weight_decay"], values["heads"]) == (0.001, 0.15, 0.05, 2)
    assert values["epochs"] == function.bo_config["epochs"].high < 300
    assert values["layers"] == 3
    assert values["batch_size"] <= 64
    told = " | ".join(function.metadata["reasons"])
    assert "the paper's epochs of 300 became" in told
    assert "the paper's layers of 12 became 3" in told
    assert function.metadata["paper_defaults"] == {"lr": 0.001, "dropout": 0.15, "weight_decay": 0.05, "heads": 2}
    low, high = function.bo_config["lr"].low, function.bo_config["lr"].high
    assert low <= 0.001 <= high


@pytest.mark.parametrize("value", ["", "nan", "about right", "-1", "1e99", "{1e-5, 1e-3, 1e-1}", "0", "10−9"])
def test_strange_values_never_break_the_space(value, profile):
    names = ("lr", "batch_size", "epochs", "dropout", "weight_decay", "width", "depth", "kernel", "label_smoothing")
    function = write(profile("sequence"), make_brief(**dict.fromkeys(names, value)))
    assert function.bo_config["lr"].low > 0
    compile(function.training_code, "module", "exec")


@pytest.mark.parametrize("kind", ["table", "sequence", "image", "text", "language", "regression"])
def test_comments_cite_only_what_the_code_does(kind, profile):
    brief = make_brief(dropout="0.15")
    function = write(profile(kind), brief)
    verdicts = {one.id: one for one in judge(brief.criteria, Evidence.of(function.training_code, function.bo_config))}
    cited = citations(function.training_code)
    assert set(cited) == {name for name, one in verdicts.items() if one.verdict != "not" and one.lines}
    for name in cited:
        assert set(cited_code(function.training_code, name)) <= set(verdicts[name].lines)
    assert function.metadata["criteria"] == [one.model_dump() for one in verdicts.values()]
    assert "C5" not in cited
    ast.parse(function.training_code)
    bare = "\n".join(line for line in function.training_code.split("\n") if not line.lstrip().startswith("# C"))
    rules = [[one.message for one in review_code(code, "xla")] for code in (function.training_code, bare)]
    assert rules[0] == rules[1]


def test_what_is_not_implemented_is_said(profile):
    told = " ".join(write(profile("sequence"), make_brief(dropout="0.15")).metadata["reasons"])
    assert "not implemented: C3 We use the Adam optimizer" in told
    assert "C5 Quantile sketches" in told
    assert "as far as rules can tell" in told


def test_a_brief_without_criteria_or_values_is_no_trouble(profile):
    function = write(profile("table"), PaperBrief(paper_id="p", title="", method=""))
    assert function.metadata["criteria"] == []
    assert citations(function.training_code) == {}


def test_candidates_differ(profile):
    names = [write(profile("image"), make_brief(), candidate=at).model_name for at in range(3)]
    assert len(set(names)) == 3


def test_the_paper_s_code_trains(profile, data, run_code):
    brief = make_brief(dropout="0.15", epochs="300", layers="12")
    function = write(profile("sequence"), brief)
    values = defaults(function.bo_config) | {"epochs": 2}
    returned, result = run_code(function.training_code, data("sequence"), **values)
    assert returned is not None, result.detail
    assert len(returned[1]["val_acc"]) == 2
