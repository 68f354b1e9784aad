"""Whatever a language model writes about a paper is read or refused, and nothing unquotable gets through."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.brief_answers import read_brief
from agents.contracts import BriefRequest
from agents.paper_answers import ECHOES, read_merge, read_summary
from runtime.models.calls import Unreadable
from tools.papers.brief import ChunkSummary, Criterion, Hyperparameter
from tools.papers.quotations import stands_in

PROMPTS = Path(__file__).parents[2] / "prompts"
TEXT = (
    "The OS-block has three layers. The kernel sizes of the first two layers are prime numbers from 1 to p. "
    "Every convolution is followed by batch normalisation and ReLU.\n\n"
    "We use Adam with a learning rate of 0.001 and a batch size of 16 for all datasets. Training stops after 20 epochs."
)
QUOTE = "kernel sizes of the first two layers are prime numbers from 1 to p"
GOOD: dict[str, Any] = {
    "summary": "The block has three convolutional layers with prime kernel sizes.",
    "hyperparameters": [{"name": "lr", "value": 0.001, "quotation": "Adam with a learning rate of 0.001 and a batch"}],
    "criteria": [{"text": "uses prime kernel sizes", "kind": "architecture", "quotation": QUOTE}],
}


def read(answer: Any) -> ChunkSummary:
    return read_summary(answer if isinstance(answer, str) else json.dumps(answer), TEXT, "openai:m")


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(GOOD),
        f"Sure! Here is the JSON:\n```json\n{json.dumps(GOOD, indent=2)}\n```\nI hope it helps.",
        f"```\n{json.dumps(GOOD)[:-1]}\n",
        json.dumps(GOOD).replace("]}", "],}"),
        str(GOOD),
        json.dumps(GOOD | {"criteria": GOOD["criteria"][0], "hyperparameters": GOOD["hyperparameters"][0]}),
        json.dumps(GOOD | {"hyperparameters": {"lr": "0.001"}}),
        json.dumps(GOOD | {"hyperparameters": {"lr": {"value": "0.001", "quotation": "not in there at all, no"}}}),
        json.dumps(GOOD | {"hyperparameters": ["learning rate = 0.001"]}),
        json.dumps(GOOD | {"criteria": [{"criterion": "uses prime kernel sizes", "type": 1, "quote": QUOTE.upper()}]}),
        json.dumps(GOOD | {"datasets": None, "equations": "x", "architecture": "conv: 3 wide", "evaluation": ["a", 1]}),
    ],
)
def test_clumsy_answers_are_read(answer: str) -> None:
    found = read(answer)
    assert "prime kernel sizes" in found.summary and found.generated_by == "openai:m"
    assert [one.value for one in found.hyperparameters] == ["0.001"]
    assert "0.001" in found.hyperparameters[0].quotation
    assert [one.text for one in found.criteria] == ["uses prime kernel sizes"]


@pytest.mark.parametrize(
    "answer", ["", "I can't.", "{}", '{"summary": ""}', '{"summary": 3, "criteria": []}', "[1, 2]"]
)
def test_answers_that_say_nothing_are_refused_with_a_reason(answer: str) -> None:
    with pytest.raises(Unreadable, match=r"summary|json"):
        read(answer)


def test_the_prompts_own_examples_are_no_answer() -> None:
    prompts = "".join((PROMPTS / f"{name}.md").read_text() for name in ("chunk", "merge", "brief"))
    assert all(f'"{echo}"' in prompts for echo in ECHOES)
    echoed = {"training_recipe": ECHOES[0], "evaluation": ECHOES[1], "algorithm": [ECHOES[5], "a real step"]}
    found = read(GOOD | echoed)
    assert (found.training_recipe, found.evaluation, found.algorithm) == ("", "", ["a real step"])


def test_one_broken_item_does_not_cost_the_whole_answer() -> None:
    answer = json.dumps(GOOD, indent=1).replace("uses prime kernel sizes", 'uses "prime" kernel sizes')
    broken = answer.replace('"criteria": [', '"criteria": [{"text": "says "this" and that", "quotation": "x"},')
    found = read(f"```json\n{broken}\n```")
    assert "prime kernel sizes" in found.summary and [one.value for one in found.hyperparameters] == ["0.001"]
    assert read(answer.replace("The block has", 'The "block" has')).summary.startswith('The "block" has three')


@pytest.mark.parametrize(
    "formula",
    [r"\theta = \frac{\beta}{\nu}", r"x \to \{1, 2\} \times \rho", r"\text{loss} \nabla u_{\text{t}} \bigl( \right)"],
)
def test_latex_with_single_backslashes_is_kept(formula: str) -> None:
    raw = json.dumps(GOOD | {"equations": ["FORMULA"], "evaluation": "one\ntwo"}).replace("FORMULA", formula)
    found = read(raw)
    assert found.equations == [formula] and found.evaluation == "one\ntwo"
    assert read(json.dumps(GOOD | {"equations": [formula]})).equations == [formula]


def test_what_can_not_be_quoted_is_left_out_and_counted() -> None:
    fakes = [
        {"text": "uses dilated convolutions", "quotation": "we use dilated convolutions in every layer"},
        {"text": "no quotation at all"},
        {"text": "too short to mean anything", "quotation": "Adam"},
        {"text": "a number changed", "quotation": "Training stops after 200 epochs"},
        "only a text",
    ]
    settings = [
        {"name": "dropout", "value": "0.5", "quotation": "dropout of 0.5 is used"},
        {"name": "lr", "value": "1"},
    ]
    found = read(GOOD | {"criteria": [*GOOD["criteria"], *fakes], "hyperparameters": settings})
    assert len(found.criteria) == 1 and found.hyperparameters == [] and found.dropped_quotations == 7


@pytest.mark.parametrize(
    ("raw", "rows"),
    [
        ([{"component": "conv", "details": "3 wide"}], [("conv", "3 wide")]),
        ([{"layer": "conv", "size": 3, "activation": "ReLU"}], [("conv", "3; ReLU")]),
        ({"conv": "3 wide", "pool": {"kind": "max"}}, [("conv", "3 wide"), ("pool", "max")]),
        (["conv: 3 wide", "pool", ""], [("conv", "3 wide"), ("pool", "")]),
        ("conv: 3 wide", [("conv", "3 wide")]),
        (None, []),
    ],
)
def test_architecture_tables_come_in_many_forms(raw: Any, rows: list[tuple[str, str]]) -> None:
    assert [(row.component, row.details) for row in read(GOOD | {"architecture": raw}).architecture] == rows


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just(QUOTE),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["text", "quotation", "name", "value", "kind", "component", "number"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
FIELDS = ["summary", "method", "criteria", "hyperparameters", "architecture", "algorithm", "datasets", "settings"]


@given(st.dictionaries(st.sampled_from(FIELDS), ANY))
def test_any_json_is_read_or_refused_and_every_quotation_stands(about: dict[str, Any]) -> None:
    try:
        found = read(json.dumps(about))
    except Unreadable:
        return
    assert found.summary
    assert all(stands_in(part.quotation, TEXT) for part in [*found.criteria, *found.hyperparameters])
    assert ChunkSummary.model_validate_json(found.model_dump_json()) == found


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(answer: str) -> None:
    for reader in (read, lambda text: read_merge(text, ChunkSummary(chunk=1, summary="x"), "m")):
        try:
            assert reader(answer).summary
        except Unreadable as error:
            assert str(error)


CRITERIA = [
    Criterion(text=f"does thing {n}", kind="loss", chunk=n, quotation=f"the text of thing {n}") for n in range(1, 13)
]
SETTINGS = [Hyperparameter(name=name, value="3", chunk=chunk) for chunk, name in enumerate(("lr", "epochs"), 1)]
METHOD = "It computes something from the input to the loss, in several steps."


def brief(about: dict[str, Any]) -> Any:
    request = BriefRequest(paper_id="p", title="T", summaries=[ChunkSummary(chunk=1, summary="s")])
    return read_brief(json.dumps({"method": METHOD} | about), request, SETTINGS, CRITERIA, 10)


def test_a_brief_holds_the_criteria_that_were_picked_numbered_with_their_chunk_and_quotation() -> None:
    picks = [3, "C1", {"number": 12}, {"text": "does thing 5"}, {"quotation": "the text of thing 7"}, 3, 99, "invented"]
    found = brief({"criteria": picks, "settings": ["2"], "domain": "Time series", "task": "classification"})
    assert [one.chunk for one in found.criteria[:5]] == [3, 1, 12, 5, 7]
    assert [one.id for one in found.criteria] == [f"C{n}" for n in range(1, 9)], "eight are the fewest"
    assert all(one.model_copy(update={"id": ""}) in CRITERIA for one in found.criteria)
    assert found.hyperparameters == SETTINGS[1:] and found.domain == "sequence" and found.dropped_quotations == 2


@pytest.mark.parametrize("criteria", [None, [], ["no"], {"a": "b"}, list(range(1, 13))])
def test_a_brief_is_never_without_criteria_or_with_too_many(criteria: Any) -> None:
    found = brief({"criteria": criteria})
    assert 8 <= len(found.criteria) <= 10 and found.hyperparameters == SETTINGS


def test_a_brief_without_a_method_is_refused() -> None:
    with pytest.raises(Unreadable, match="method"):
        brief({"method": "short"})


@given(st.dictionaries(st.sampled_from(["domain", "task", "equations", *FIELDS]), ANY))
def test_any_brief_is_read_or_refused(about: dict[str, Any]) -> None:
    try:
        found = brief(about)
    except Unreadable:
        return
    assert all(one.quotation in {given.quotation for given in CRITERIA} for one in found.criteria)
    assert len(found.criteria) <= 10
