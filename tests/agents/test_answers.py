"""Whatever a language model answers is either read or refused with a reason."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import prompts
from agents.answers import FORM_WORDS, read_code_answer, read_correction, read_review
from agents.chat_answers import read_chat
from agents.code_answers import read_module
from agents.literature_answers import read_advice, read_literature
from agents.loose_json import parse_loosely, read_object
from agents.space_answers import complete_space, read_constraints, read_space
from runtime.models.calls import Unreadable
from runtime.outcome import StopCause
from runtime.search_space import CategoricalParameter, IntegerParameter, RealParameter, parse_search_space

CODE = (
    "import torch\n\ndef train_model(X_train, y_train, X_val, y_val, device, **hyperparams):\n"
    "    lr = hyperparams.get('lr', 0.01)\n    width = hyperparams.get('width', 32)\n    return None, {}\n"
)
ABOUT = (
    '{"model_name": "Net", "confidence": 0.7, '
    '"bo_config": {"lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1}}}'
)
SPACE = parse_search_space(
    {
        "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1},
        "batch_size": {"default": 64, "type": "Categorical", "categories": [32, 64]},
        "width": {"default": 32, "type": "Integer", "low": 8, "high": 64},
    }
)


@pytest.mark.parametrize(
    "answer",
    [
        f"```python\n{CODE}```\n```json\n{ABOUT}\n```",
        f"Sure! Here it is:\n\n```python\n{CODE}```\nAnd this:\n```json\n{ABOUT}\n```\nHope it helps, don't hesitate!",
        f"```\n{CODE}```\n```\n{ABOUT}\n```",
        f"~~~py\n{CODE}~~~\n{ABOUT}",
        f"```json\n{ABOUT}\n```\n```python\n{CODE}",
        f"```python title=model.py\n{CODE}```\n{ABOUT}",
        f"```python\nprint('an example')\n```\n```python\n{CODE}```\n```json\n{ABOUT}\n```",
        f"```python\n{CODE}\n```json\n{ABOUT}\n```",
        f"Here is the code:\n{CODE}\nIt works well.\n```json\n{ABOUT}\n```".replace("\n", "\r\n"),
        f"  ```python\n{CODE}  ```\n```JSON\n{ABOUT}\n```",
    ],
)
def test_careless_fences_are_read(answer: str) -> None:
    found = read_code_answer(answer)
    assert found.training_code.strip() == CODE.strip()
    assert (found.model_name, found.confidence) == ("Net", 0.7)
    assert {"lr", "batch_size", "epochs", "quantization_bits"} <= set(found.bo_config)


def test_the_last_whole_module_is_taken_and_its_parts_are_put_before_it() -> None:
    better = CODE.replace("32", "48")
    assert read_module(f"```python\n{CODE}```\nBetter:\n```python\n{better}```") == better
    parts = (
        "```python\nimport torch\nclass Net: pass\n```\nthen\n```python\ndef train_model(**h):\n    return Net()\n```"
    )
    assert "class Net" in read_module(parts)
    cut = CODE.index("    width")
    assert (
        read_module(f"```python\n{CODE[:cut]}    x = (1,\n```\ncontinued\n```python\n    2)\n{CODE[cut:]}```").count(
            "def"
        )
        == 1
    )


def test_code_inside_json_is_read_though_it_should_not_be_there() -> None:
    import json

    answer = json.dumps({"model_name": "Net", "training_code": CODE, "bo_config": {"lr": 0.01}})
    assert read_code_answer(answer).training_code == CODE


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "the answer is empty"),
        ("I can't do that.", "holds no python block"),
        ("```python\nx = 1\n```", "no python block defines train_model"),
        ("```python\ndef train_model(:\n```", "syntax error at line 1"),
        ("```python\ndef train_model():\n    '''\n```", "syntax error"),
        ("```python\ndef train_model():\n    lr = 1\n```", "no `return model, metrics`"),
        ("```python\ndef train_model():\n    return \0\n```", "python block"),
        (f"```python\ndef train_model():\n    return {'(' * 3000}\n```", "python block"),
    ],
)
def test_unreadable_code_is_refused_with_the_reason(answer: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_code_answer(answer)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1,}', {"a": 1}),
        (
            '{"a": 1, // why\n "b": [1, 2,], # so\n /* x */ "c": "no // comment, ]"}',
            {"a": 1, "b": [1, 2], "c": "no // comment, ]"},
        ),
        ("{'a': True, 'b': None, 'c': 1e-5}", {"a": True, "b": None, "c": 1e-5}),
        ("{'a': true, 'b': null, 'c': NaN, 'd': -Infinity}", {"a": True, "b": None, "c": None, "d": None}),
        ('{"a": {"b": [1, {"c": "d', {"a": {"b": [1, {"c": "d"}]}}),
    ],
)
def test_broken_json_is_mended(text: str, value: Any) -> None:
    assert parse_loosely(text) == value


@pytest.mark.parametrize("text", ["[" * 5000, "{" * 100, "0x" + "f" * 9000, "9" * 200_000, "{'a': (1).x}", "not json"])
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_loosely(text)


def test_the_object_with_the_wanted_keys_is_found_in_prose() -> None:
    answer = "Use {x} and {\"other\": 1}, then {'issues': [], } — it's fine."
    assert read_object(answer, ("issues",)) == {"issues": []}
    with pytest.raises(Unreadable, match="'issues'"):
        read_object("none", ("issues",))


def test_search_spaces_of_other_shapes_become_ours() -> None:
    notes: list[str] = []
    raw = {
        "lr": {"type": "float", "min": "1e-4", "max": 1e-1, "log": True},
        "hidden": {"type": "int", "range": [16, 128], "default": 500},
        "act": {"type": "choice", "options": ["relu", "gelu"], "default": "tanh"},
        "drop": {"default": 0.2, "type": "uniform"},
        "batch_size": [32, 64],
        "bias": True,
        "bad name": 3,
        "lambda": 3,
        "layers": [[1], [2]],
        "zero": {"type": "Real", "low": 0, "high": 1, "default": 0.5, "prior": "log-uniform"},
        "swapped": {"type": "Integer", "low": 9, "high": 1, "default": 4},
        "near": {"type": "Categorical", "categories": [8, 16, 32], "default": 20},
    }
    space = read_space(raw, notes)
    assert space["lr"] == RealParameter(default=space["lr"].default, low=1e-4, high=0.1, prior="log-uniform")
    assert space["hidden"] == IntegerParameter(default=128, low=16, high=128)
    assert space["act"].default == "relu" and space["near"].default == 16
    assert space["batch_size"] == CategoricalParameter(default=32, categories=[32, 64])
    assert space["bias"].default is True and space["swapped"].low == 1 and space["zero"].low > 0
    assert set(raw) - set(space) == {"bad name", "lambda", "layers"}
    assert any("hidden: default 500 is outside" in note for note in notes)
    assert read_space([{"name": "lr", "type": "Real", "low": 0.1, "high": 1, "default": 0.5}], [])["lr"].default == 0.5


def test_a_missing_search_space_is_read_from_the_code() -> None:
    notes: list[str] = []
    space = complete_space({}, CODE, notes)
    assert space["lr"].default == 0.01 and space["width"].default == 32
    assert list(space["quantization_bits"].categories) == [8, 16, 32]
    assert "added width, which the answer left out" in notes


def test_constraints_of_known_forms_are_kept() -> None:
    notes: list[str] = []
    raw = ["width %  batch_size == 0", "width <= 10", "width + lr <= 10", "__import__('os')", "width % other == 0", 3]
    assert read_constraints(raw, SPACE, notes) == ["width % batch_size == 0", "width <= 10", "width + lr <= 10"]
    assert len(notes) == 3


def test_the_three_corrections() -> None:
    values = read_correction('{"bo_config": {"lr": 0.0001, "batch_size": 16}, "explanation": "too fast"}', CODE, SPACE)
    assert values.kind == "bo_config" and values.bo_config is not None
    assert values.bo_config["lr"].default == values.bo_config["lr"].low == 0.0001
    assert values.bo_config["batch_size"].default == 16 and values.bo_config["width"] == SPACE["width"]
    code = read_correction(f'{{"kind": "training_code"}}\n```python\n{CODE}# mended\n```', CODE, SPACE)
    assert code.kind == "training_code" and code.training_code == CODE + "# mended\n"
    stop = read_correction('{"system_issue": "STOP_PIPELINE", "cause": "no device"}', CODE, SPACE)
    assert (stop.kind, stop.cause) == ("system_issue", StopCause.NO_DEVICE)
    assert read_correction("STOP_PIPELINE", CODE, SPACE).cause is StopCause.UNKNOWN


def test_a_copied_form_is_no_decision():
    form = '{"kind": "system_issue", "system_issue": "STOP_PIPELINE", "explanation": "why nothing can help"}'
    assert all(words in render_system() for words in FORM_WORDS), "the form's words are those of the prompt"
    with pytest.raises(Unreadable, match="in your own words"):
        read_correction(form, CODE, SPACE)
    slower = '{"kind": "bo_config", "explanation": "cause and cure in one sentence", "bo_config": {"lr": 0.0001}}'
    assert read_correction(slower, CODE, SPACE).explanation.startswith("no explanation was given")


def render_system() -> str:
    return Path(prompts.__file__).with_name("debugger.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (f"```python\n{CODE}```", "the same as before"),
        ('{"bo_config": {"lr": 0.01}}', "changes nothing"),
        ('{"explanation": "hm"}', "STOP_PIPELINE"),
        ("no idea", "no json block"),
    ],
)
def test_corrections_that_correct_nothing_are_refused(answer: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        read_correction(answer, CODE, SPACE)


def test_reviews_are_read() -> None:
    answer = (
        f'{{"issues": [{{"severity": "Critical", "line": 3, "message": "bad"}}, "also bad"]}}\n```python\n{CODE}```'
    )
    review = read_review(answer, CODE)
    assert [(issue.severity, issue.line) for issue in review.issues] == [("error", 3), ("warning", None)]
    assert review.training_code == CODE
    assert read_review('{"issues": []}', CODE).training_code is None
    assert read_review(f"```python\n{CODE}```", CODE).issues == []


def test_literature_in_prose_is_kept() -> None:
    review = read_literature("word " * 30, "own knowledge", 7)
    assert review.source == "own knowledge" and review.timestamp == 7 and review.recommended_approaches == []
    listed = read_literature('{"review_text": "t", "recommended_approaches": "CNN", "confidence": 90}', "s", 7)
    assert (listed.recommended_approaches, listed.confidence) == (["CNN"], 0.9)


def test_a_chat_decides_only_what_it_may() -> None:
    answer = '{"task": {"dataset": "digits", "size_limit_kb": 64, "sandbox": "none", "executor": "ray"}}'
    assert read_chat(answer).fields == {"dataset": "digits", "size_limit_kb": 64}
    assert read_chat('{"question": "Which?"}').question == "Which?"
    assert read_chat('{"change": ["smaller", "rm -rf"], "task": {"target": "cpu"}}').changes == ["smaller"]
    assert read_chat('{"lookup": {"kind": "why", "runs": [7]}}').lookup == "why"
    for text in ('{"task": {"dataset": "digits", "trials": "many"}}', '{"lookup": "gossip"}', '{"task": {}}'):
        with pytest.raises(Unreadable):
            read_chat(text)


READERS: list[Callable[[str], Any]] = [
    read_code_answer,
    lambda text: read_review(text, CODE),
    lambda text: read_correction(text, CODE, SPACE),
    lambda text: read_literature(text, "s", 0),
    lambda text: read_advice(text, ["cifar10", "synthetic"], "s"),
    read_chat,
]
PIECES = st.sampled_from(
    [
        "```python\n", "```json\n", "```\n", "~~~\n", CODE, ABOUT, "def train_model(", "{", "}",
        '"', "'", "[", "]", ",",
        "\n",
        "\\",
        '{"issues": [', '{"task": {"dataset": ',
        "STOP_PIPELINE", "lr", ": ", "1e999", "-Infinity", "NaN", "0x1f",
        "\ud800", "\0",
        '{"bo_config": {"lr": ', '{"question": ', '{"lookup": {"kind": "why"}}', '{"change": ["smaller"',
        "1" * 400, "<think>", '{"training_code": "', "{'kind': ",
        "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "(" * 120, "lambda: 0",
    ]
)  # fmt: skip


@pytest.mark.parametrize("reader", READERS, ids=["code", "review", "correction", "literature", "advice", "intake"])
@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=25).map("".join)))
@example("```python\n" + "[" * 300)
@example('{"bo_config": {"lr": {"default": 1e308, "type": "int", "low": -1e308}}}' + CODE)
def test_no_text_makes_a_reader_raise_anything_of_its_own(reader: Callable[[str], Any], text: str) -> None:
    try:
        reader(text)
    except Unreadable as error:
        assert str(error)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["int", "log", "choice"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ENTRY = st.dictionaries(
    st.sampled_from(["default", "type", "low", "high", "prior", "categories", "range", "log"]), JSON_VALUES
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(["lr", "width", "batch_size", "x"]), ENTRY | JSON_VALUES), st.booleans())
def test_every_search_space_becomes_a_valid_one(raw: dict[str, Any], widen: bool) -> None:
    space = read_space(raw, [], SPACE if widen else None, widen=widen)
    assert parse_search_space({name: parameter.model_dump() for name, parameter in space.items()}) == space
