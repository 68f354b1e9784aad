"""Whole runs with language models that behave as they do: both wire protocols, faults, clumsiness, malice."""

import asyncio
import gc
import json
import time
from pathlib import Path
from typing import Any

import pytest
from scripted_server import Drop, Fail, Garbage, Line, Say

from runtime.outcome import Outcome, StopCause
from tests.graph.conftest import SECRETS, SERVERS, Run
from tests.graph.scripts import CODE, SPACE
from tools.results.record import RunRecord

pytestmark = [pytest.mark.box, pytest.mark.timeout(120)]

FINE = Say('```json\n{"issues": []}\n```')
RAISES = CODE.replace(
    "    for epoch in range(epochs):", "    raise ValueError('boom')\n    for epoch in range(epochs):"
)


def says(code: str = CODE, **about: Any) -> str:
    described = {"model_name": "Tiny", "confidence": 0.7, "bo_config": SPACE, "reasons": ["small"], **about}
    return f"Sure, here it is!\n```python\n{code}\n```\nAnd:\n```json\n{json.dumps(described)}\n```\nEnjoy."


def debugs(code: str, explanation: str = "mended") -> Say:
    return Say(f'```json\n{{"kind": "training_code", "explanation": "{explanation}"}}\n```\n```python\n{code}\n```')


def usage_of(record: RunRecord) -> dict[str, tuple[int, int, int]]:
    return {line.agent: (line.calls, line.input_tokens, line.output_tokens) for line in record.usage}


@pytest.mark.parametrize("provider", SERVERS)
async def test_a_bad_day_at_the_provider_is_outlived_accounted_and_tells_no_secret(
    run: Run, provider: str, tmp_path: Path
) -> None:
    busy = Fail(429, "ThrottlingException" if provider == "bedrock_converse" else "rate_limit_exceeded")
    answer = says()
    half = answer.index("metrics = {")
    script = [
        busy, Fail(503, "ServiceUnavailableException"), Drop(), Garbage(), Garbage(), Say("I would rather not."),
        Say(answer[:half], finish="length"), Say(answer[half:]), Say("{'issues': [,]"),
    ]  # fmt: skip
    if provider != "openai":
        script.remove(Garbage())  # A stream of garbage is first tried again without streaming.
    record, _, _ = await run(script, provider)
    assert record.outcome is Outcome.SUCCESS and record.evidence is not None, record.message
    assert record.generated_by == f"{provider}:m" and record.model_name == "Tiny"
    assert usage_of(record) == {"coder": (3, 300, 150), "reviewer": (1, 100, 50)}
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"RECOGNISABLE" not in path.read_bytes(), path


async def test_a_refused_key_is_masked_and_ends_the_run(run: Run, tmp_path: Path) -> None:
    echo = Fail(401, "invalid_api_key", f"Incorrect API key: {SECRETS['arxla_model_api_key']}")
    record, _, _ = await run([echo])
    assert record.outcome is Outcome.MODEL_UNAVAILABLE and "ARXLA_MODEL_API_KEY" in record.message
    assert not any(b"RECOGNISABLE" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


async def test_the_expert_in_place_of_a_model_is_named_everywhere_and_not_cached_as_the_models(
    run: Run, tmp_path: Path
) -> None:
    down = [Fail(401, "invalid_api_key")] * 2
    record, _, folder = await run(list(down), fallback_to_expert=True)
    assert record.outcome is Outcome.SUCCESS
    assert "expert" in record.generated_by and "in place of openai:m" in record.generated_by
    assert any("could not play the coder" in text for text in record.warnings)
    page = (folder / "report.html").read_text()
    assert "in place of openai:m" in page and "could not play the coder" in page
    cached = [json.loads(path.read_text()) for path in tmp_path.glob("functions/*.json")]
    assert {function["metadata"]["model"] for function in cached} == {"expert"}


async def test_budgets_are_kept_before_the_call(run: Run) -> None:
    record, server, _ = await run([], max_tokens=500)
    assert record.outcome is Outcome.BUDGET_EXHAUSTED and "--max-tokens" in record.message and not server.requests
    record, server, _ = await run([Say(says(), input_tokens=4000, output_tokens=3000)], max_tokens=8000)
    assert record.outcome is Outcome.BUDGET_EXHAUSTED and len(server.requests) == 1 and record.model_name == "Tiny"


async def test_a_cancelled_run_lets_go_of_a_slow_model_and_counts_what_it_asked(run: Run, tmp_path: Path) -> None:
    forgotten: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: forgotten.append(context))
    work = asyncio.ensure_future(run([Say(says(), pace_s=0.5)]))
    while not any('"code"' in path.read_text() for path in tmp_path.glob("results/*/events.jsonl")):
        await asyncio.sleep(0.05)
    await asyncio.sleep(2)
    started = time.monotonic()
    work.cancel()
    await asyncio.wait([work])
    assert work.cancelled()
    assert time.monotonic() - started < 5
    del work
    await asyncio.sleep(0.1)
    gc.collect()
    assert not forgotten, "no traceback on the user's terminal"
    account = json.loads(next(tmp_path.glob("results/*/metrics/usage.json")).read_text())
    assert account["lines"][0]["agent"] == "coder" and account["lines"][0]["input_tokens"] > 0


async def test_an_edit_by_the_debugger_heals_a_run(run: Run) -> None:
    edit = "<<<<<<< SEARCH\n    raise ValueError('boom')\n=======\n>>>>>>> REPLACE"
    mended = Say(f'```json\n{{"kind": "training_code", "explanation": "it raised"}}\n```\n```\n{edit}\n```')
    record, _, _ = await run([Say(says(RAISES)), FINE, mended, FINE])
    assert record.outcome is Outcome.SUCCESS and usage_of(record)["debugger"][0] == 1
    assert "ValueError" in record.debugging[0].failure and record.debugging[0].correction == "it raised"


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([debugs(RAISES)] * 3, Outcome.MODEL_UNAVAILABLE),
        (
            [Say('{"kind": "bo_config", "explanation": "calmer", "bo_config": {"lr": 0.05}}')] * 4,
            Outcome.MODEL_UNAVAILABLE,
        ),
        (
            [line for number in range(4) for line in (debugs(f"{RAISES}# {number}\n"), FINE)],
            Outcome.DEBUG_CHANCES_EXHAUSTED,
        ),
        ([debugs(f"{RAISES}# 1\n"), FINE, debugs(RAISES), FINE, debugs(f"{RAISES}# 1\n")], Outcome.STOP_PIPELINE),
    ],
)
async def test_a_debugger_that_goes_round_in_circles_comes_to_an_end(
    run: Run, answers: list[Line], outcome: Outcome
) -> None:
    record, _, _ = await run([Say(says(RAISES)), FINE, *answers])
    assert record.outcome is outcome and record.evidence is None, record.message
    if outcome is Outcome.STOP_PIPELINE:
        assert record.cause is StopCause.REPEATED_CORRECTION


async def test_a_debugger_that_babbles_costs_a_trial_not_the_run(run: Run) -> None:
    code = CODE.replace("    lr = float", "    if width == 8:\n        raise ValueError('narrow')\n    lr = float")
    record, _, _ = await run([Say(says(code)), FINE, *[Say("no idea")] * 12], trials=4, tuner="random")
    assert record.outcome is Outcome.SUCCESS and record.tuning is not None, record.message
    assert usage_of(record)["debugger"][0] >= 3, "a narrow trial failed"


async def test_a_coder_that_ignores_the_contract_never_runs(run: Run) -> None:
    code = "import os\n\ndef train_model(*a, **k):\n    os.system('id')\n    return 1\n"
    script = [line for number in range(3) for line in (Say(says(f"{code}# {number}\n")), FINE)]
    record, _, _ = await run(script)
    assert record.outcome is Outcome.REVIEW_REJECTED and "execute" not in [visit.name for visit in record.stages]


async def test_words_of_a_model_can_steer_neither_the_page_nor_a_path(run: Run, tmp_path: Path) -> None:
    evil = "../../<script>alert(1)</script>\x1b[2J"
    issue = json.dumps({"issues": [{"severity": "note", "message": evil}]})
    record, _, folder = await run([Say(says(model_name=evil, reasons=[evil])), Say(issue)], goal=evil)
    assert record.outcome is Outcome.SUCCESS
    page = (folder / "report.html").read_text()
    assert "<script>alert" not in page and "\x1b" not in page and "alert(1)" in page
    assert {path.name for path in tmp_path.iterdir()} <= {"results", "functions", "reviews"}


async def test_nonsense_in_a_search_space_is_repaired_in_words(run: Run) -> None:
    space: dict[str, Any] = {
        "lr": {"default": 1e308, "type": "Real", "low": -1e308, "high": 1e300},
        "width": {"default": "x", "type": "Integer", "low": 64, "high": 8},
        "epochs": {"default": float("nan"), "type": "Integer", "low": 6, "high": 2},
        **{f"p{number}": {"default": number, "type": "Integer", "low": 0, "high": 10**30} for number in range(500)},
    }
    record, _, folder = await run([Say(says(bo_config=space)), FINE, *[debugs(CODE), FINE] * 4])
    assert record.outcome in set(Outcome) - {Outcome.INPUT_ERROR} and record.outcome is not None
    written = json.loads(next((folder / "code-generation").glob("*.json")).read_text())
    assert len(written["bo_config"]) <= 24 and written["metadata"]["answer_repairs"]


PAPER = """A Small Network

1 Method
We propose a network of two linear layers with a ReLU between them. The model must use one hidden layer of 16 units.

2 Training
We train with the Adam optimizer with a learning rate of 0.01 and a batch size of 32 for 6 epochs. We use cross-entropy.
"""


async def test_a_papers_candidates_are_judged_and_the_report_says_what_is_met(run: Run, tmp_path: Path) -> None:
    paper = tmp_path / "small.txt"
    paper.write_text(PAPER * 3)
    line = "    optimizer = torch.optim.Adam(model.parameters(), lr=lr)"
    about = {"issues": [], "criteria": [{"id": "C1", "verdict": "met", "code": line.strip()}]}
    judged = Say(f"```json\n{json.dumps(about)}\n```")
    by_rule = dict.fromkeys(("chunk", "summarizer", "researcher"), "expert")
    script = [Say(says()), Say(says(CODE + "\n# 2\n")), judged, judged, judged]
    record, server, folder = await run(list(script), paper=str(paper), candidates=2, models=by_rule, review_rounds=1)
    assert record.outcome is Outcome.SUCCESS and record.brief is not None, record.message
    assert [one["outcome"] for one in record.candidates] == ["ran", "ran"] and record.criteria[0].verdict == "met"
    prompt = server.requests[0].body["messages"][1]["content"]
    assert f"C1: {record.brief.criteria[0].text[:20]}" in prompt
    assert record.hyperparameters["lr"] == 0.01, "the paper's, not the model's 0.02"
    page, code = (folder / "report.html").read_text(), (folder / "project" / "train.py").read_text()
    assert "1 of " in page and f"{line}  # C1" in code
